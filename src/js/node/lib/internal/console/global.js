'use strict';

module.exports = internalBinding('invoke').console;
