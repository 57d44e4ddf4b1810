'use strict';

module.exports = internalBinding('invoke').timersModule;
