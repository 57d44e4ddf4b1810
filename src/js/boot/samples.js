'use strict';

/*
 * An object of each class that every invocation makes, led through a short
 * life while the snapshot is built.  What V8 prepares by the way, a map for
 * each field that is added and prototypes in their fast form, stays in the
 * snapshot as long as these objects do, and no context has to do it again.
 */

const { Invocation } = require('run/invocation');
const { Module, makeRequire } = require('module/module');
const { Request } = require('http/request');
const { Response } = require('http/response');

const invocation = new Invocation(0);
const req = new Request(invocation, 'GET', '/?name=value');
const res = new Response(invocation, req);

invocation.req = req;
invocation.res = res;

const module_ = new Module('/index.js', null);

module_.id = '.';
module_.filename = '/index.js';
module_.path = '/';
module_.loaded = true;

const samples = [invocation, req, res, module_, makeRequire(module_),
                 req.query.name, req.headers];

res.json({ hello: 'world' });
invocation.settle();

invocation.released = true;
invocation.over = true;
invocation.headSent = true;
invocation.ended = true;

module.exports = { __proto__: null, samples };
