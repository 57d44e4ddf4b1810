const express = require('express4');

module.exports = require('./express.js')(express);
