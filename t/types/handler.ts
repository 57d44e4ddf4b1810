// It compiles, but for the lines that say otherwise.

import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Handler, Request, Response } from '../../conf/types/invoke';

export const handler: Handler = async (req, res) => {
    const host: string = req.get('host') ?? req.hostname;
    const pages: string = req.query.pages;
    const cookies: string[] | undefined = req.get('set-cookie');
    const id: number = req.body.id;
    const bytes: string = req.rawBody.toString('base64');

    for await (const chunk of req) {
        res.write(chunk);
    }

    req.waitUntil(Promise.resolve());
    req.on('data', (chunk) => chunk).pipe(res);
    await pipeline(createReadStream('/x'), res);

    res.status(201).set({ a: 'b', c: ['d'] }).cookie('a', 1, { maxAge: 5 })
       .location('/x').json({ host, pages, cookies, id, bytes });
    res.redirect('/');
    res.redirect(301, '/');
    res.sendFile('/a.txt', { root: '/public', maxAge: '1d' },
                 (error) => error?.status);
    res.download('/a.txt', (error) => error?.code);
    res.on('close', () => res.writableFinished);
    res.format({ text: (req, res) => res.send('x'), default() {} });
    res.writeHead(200, 'Fine', { a: 'b' }).end('x');

    if (req.accepts('html', 'json') === 'json' && req.is('json')) {
        return res.send(404, req.socket.remoteAddress);
    }

    // @ts-expect-error
    res.status('200');
    // @ts-expect-error
    res.sendFiles('/x');
    // @ts-expect-error
    res.cookie('a', 'b', { sameSite: 'some' });
    // @ts-expect-error
    req.ip = 'x';
    // @ts-expect-error
    req.nothing;
    // @ts-expect-error
    res.write(5);
};

export function middleware(req: Request, res: Response, next: () => void) {
    res.locals.user = req.cookies.user;
    next();
}
