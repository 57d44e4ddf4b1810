const express = require('express');

module.exports = require('./express.js')(express);
