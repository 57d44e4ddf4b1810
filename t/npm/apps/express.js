'use strict';

/* An application with the middleware that most have, for Express 4 and 5. */

const compression = require('compression');
const cookieParser = require('cookie-parser');
const cors = require('cors');
const helmet = require('helmet');
const morgan = require('morgan');
const multer = require('multer');
const session = require('express-session');

module.exports = (express) => {
  const app = express();
  const lines = [];

  app.set('trust proxy', 'loopback');
  app.use(morgan(':method :url :remote-addr :req[host]', {
    immediate: true,
    stream: { write: (line) => lines.push(line) },
  }));
  app.use(helmet());
  app.use(cors({ origin: ['http://a.example'], credentials: true }));
  app.use(compression({ threshold: 1000 }));
  app.use(cookieParser('secret'));
  app.use(express.json());
  app.use(express.urlencoded({ extended: true }));
  app.use(express.text({ type: 'text/*' }));

  app.get('/', (req, res) => res.send('home'));
  app.get('/json', (req, res) => res.json({
    query: req.query, ip: req.ip, ips: req.ips, secure: req.secure,
    path: req.path, xhr: req.xhr, type: req.accepts(['html', 'json']),
    fresh: req.fresh, get: req.get('X-A'), range: req.range(100),
  }));
  app.all('/body', (req, res) => res.status(201).json({ body: req.body }));
  app.get('/user/:id/:action', (req, res, next) => {
    req.seen = req.params.action;
    next();
  }, (req, res) => res.json([req.params.id, req.seen, req.route.path]));
  app.get('/large', (req, res) => res.type('txt').send('large '.repeat(1000)));
  app.get('/parts', (req, res) => {
    res.write('one ');
    setTimeout(() => res.end('two'), 1);
  });
  app.get('/later', async (req, res) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    res.set('X-Later', 'yes').end();
  });
  app.get('/cookies', (req, res) => {
    res.cookie('plain', 'a b', { httpOnly: true, sameSite: 'lax' })
      .cookie('signed', 'value', { signed: true })
      .clearCookie('gone')
      .json([req.cookies, req.signedCookies]);
  });
  app.get('/redirect', (req, res) => res.redirect(301, '/elsewhere?a=b'));
  app.get('/format', (req, res) => res.format({
    text: () => res.send('text'),
    html: () => res.send('<p>html</p>'),
    json: () => res.send({ format: 'json' }),
  }));
  app.get('/error', () => {
    throw Object.assign(new Error('refused'), { status: 418, expose: true });
  });
  app.get('/log', (req, res) => res.json(lines[lines.length - 1]));
  app.post('/upload', multer().single('file'), (req, res) => {
    const { fieldname, originalname, mimetype, size, buffer } = req.file;

    res.json([req.body, fieldname, originalname, mimetype, size, `${buffer}`]);
  });

  const router = express.Router({ mergeParams: true });

  router.use(session({
    secret: 'secret', resave: false, saveUninitialized: false,
    genid: () => 'fixed',
  }));
  router.get('/count', (req, res) => {
    req.session.count = (req.session.count || 0) + 1;
    res.send(`${req.session.count} ${req.baseUrl} ${req.originalUrl}`);
  });
  app.use('/session/:name', router);

  const mounted = express();

  mounted.post('/', (req, res) => res.json([req.body, req.baseUrl, req.url,
                                            mounted.mountpath]));
  app.use('/mounted', mounted);
  app.use('/static', express.static(`${__dirname}/../views`));

  app.use((req, res) => res.status(404).send(`no ${req.method} ${req.url}`));
  app.use((error, req, res, next) => res.status(error.status || 500)
    .json({ error: error.message, sent: res.headersSent }));

  return app;
};
