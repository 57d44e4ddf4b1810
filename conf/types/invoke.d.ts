// What a handler is given, for TypeScript and for editors. In JavaScript:
//
//     /** @type {import('./invoke').Handler} */
//     module.exports = (req, res) => res.json({ hello: req.query.name });
//
// @types/node has the rest: streams, Buffer, Node's modules.

/// <reference types="node" />

import type { Readable } from 'node:stream';

/** The default export of index.js: it may return anything, or a promise. */
export type Handler = (req: Request, res: Response) => any;

type Value = string | number | readonly string[];

/** Of names in lower case. */
export interface Headers {
    [name: string]: string | string[] | undefined;
    'set-cookie'?: string[];
}

/** Who is at the other end; the connection itself is nginx's. */
export interface Connection extends NodeJS.EventEmitter {
    readonly remoteAddress: string;
    readonly remotePort: number | undefined;
    readonly remoteFamily: string;
    readonly encrypted: boolean;
    readonly readable: boolean;
    readonly writable: boolean;
    readonly destroyed: boolean;
    destroy(error?: Error): this;
    /** of these, nothing is heeded */
    setTimeout(ms: number, listener?: () => void): this;
    setNoDelay(on?: boolean): this;
    setKeepAlive(on?: boolean, ms?: number): this;
}

export interface Range {
    start: number;
    end: number;
}

/** As Express 5 has it, and a stream of the body. */
export interface Request extends Readable {
    readonly res: Response;

    method: string;
    /** below the location, with the query */
    url: string;
    originalUrl: string;
    baseUrl: string;
    path: string;
    /** a name that comes more than once has a list */
    query: { [name: string]: any };
    /** functionId, and those of invoke_param */
    params: { [name: string]: string };
    /** by Content-Type: JSON, forms, text, or else a Buffer; {} without one */
    body: any;
    /** as it came */
    rawBody: Buffer;

    headers: Headers;
    readonly headersDistinct: { [name: string]: string[] | undefined };
    readonly rawHeaders: string[];
    readonly trailers: { [name: string]: string | undefined };
    readonly rawTrailers: string[];
    readonly httpVersion: string;
    readonly httpVersionMajor: number;
    readonly httpVersionMinor: number;
    get(name: 'set-cookie'): string[] | undefined;
    get(name: string): string | undefined;
    header(name: 'set-cookie'): string[] | undefined;
    header(name: string): string | undefined;

    cookies: { [name: string]: string };
    signedCookies: { [name: string]: any };

    readonly ip: string;
    readonly ips: string[];
    readonly protocol: string;
    readonly secure: boolean;
    readonly host: string;
    readonly hostname: string;
    readonly subdomains: string[];
    readonly xhr: boolean;
    readonly fresh: boolean;
    readonly stale: boolean;
    readonly socket: Connection;
    readonly connection: Connection;
    readonly complete: boolean;
    readonly aborted: boolean;

    /** the type that fits, false for none of them, null without a body */
    is(...types: (string | string[])[]): string | false | null;
    accepts(): string[];
    accepts(...types: (string | string[])[]): string | false;
    acceptsEncodings(): string[];
    acceptsEncodings(...encodings: (string | string[])[]): string | false;
    acceptsCharsets(): string[];
    acceptsCharsets(...charsets: (string | string[])[]): string | false;
    acceptsLanguages(): string[];
    acceptsLanguages(...languages: (string | string[])[]): string | false;
    /** @deprecated their names in Express 4 */
    acceptsEncoding(...encodings: string[]): string | false;
    /** @deprecated */
    acceptsCharset(...charsets: string[]): string | false;
    /** @deprecated */
    acceptsLanguage(...languages: string[]): string | false;
    /** -1: none can be satisfied; -2: it is malformed */
    range(size: number, options?: { combine?: boolean }):
        (Range[] & { type: string }) | -1 | -2 | undefined;
    /** of params, the body or the query */
    param(name: string, fallback?: any): any;

    setTimeout(ms: number, listener?: () => void): this;
    /** work that goes on after the answer */
    waitUntil(promise: PromiseLike<unknown>): void;
}

export interface CookieOptions {
    domain?: string;
    encode?: (value: string) => string;
    expires?: Date;
    httpOnly?: boolean;
    /** in milliseconds */
    maxAge?: number;
    partitioned?: boolean;
    path?: string;
    priority?: 'low' | 'medium' | 'high';
    sameSite?: boolean | 'lax' | 'strict' | 'none';
    secure?: boolean;
    signed?: boolean;
}

export interface SendFileOptions {
    acceptRanges?: boolean;
    cacheControl?: boolean;
    dotfiles?: 'allow' | 'deny' | 'ignore';
    end?: number;
    etag?: boolean;
    extensions?: string[] | string | false;
    headers?: { [name: string]: string | string[] };
    immutable?: boolean;
    index?: string | string[] | false;
    lastModified?: boolean;
    /** in milliseconds, or as "1d" */
    maxAge?: number | string;
    /** a directory of the package */
    root?: string;
    start?: number;
}

export type SendFileCallback = (error?: Error & {
    code?: string;
    status?: number;
    statusCode?: number;
}) => void;

/** As Express 5 has it, and a stream. */
export interface Response extends NodeJS.EventEmitter {
    readonly req: Request;

    statusCode: number;
    statusMessage: string | undefined;
    sendDate: boolean;
    locals: { [name: string]: any };

    status(code: number): this;
    sendStatus(code: number): this;
    json(value?: any): this;
    jsonp(value?: any): this;
    /** a string, bytes, or anything else as JSON */
    send(body?: any): this;
    /** Express 4's: the status before the value, or behind it */
    json(status: number, value: any): this;
    json(value: any, status: number): this;
    jsonp(status: number, value: any): this;
    jsonp(value: any, status: number): this;
    send(status: number, body: any): this;
    send(body: any, status: number): this;

    set(name: string, value: Value): this;
    set(headers: { [name: string]: Value }): this;
    header(name: string, value: Value): this;
    header(headers: { [name: string]: Value }): this;
    get(name: string): Value | undefined;
    append(name: string, value: Value): this;
    setHeader(name: string, value: Value): this;
    appendHeader(name: string, value: string | readonly string[]): this;
    getHeader(name: string): Value | undefined;
    getHeaders(): { [name: string]: Value | undefined };
    getHeaderNames(): string[];
    getRawHeaderNames(): string[];
    hasHeader(name: string): boolean;
    removeHeader(name: string): void;

    type(type: string): this;
    contentType(type: string): this;
    vary(names: string | string[]): this;
    location(url: string): this;
    redirect(url: string): this;
    redirect(status: number, url: string): this;
    links(links: { [rel: string]: string | string[] }): this;
    cookie(name: string, value: any, options?: CookieOptions): this;
    clearCookie(name: string, options?: CookieOptions): this;
    attachment(filename?: string): this;
    format(handlers: {
        [type: string]: (req: Request, res: Response, next?: any) => void;
    }): void;

    /** a file of the package, sent by nginx */
    sendFile(path: string, fn?: SendFileCallback): this;
    sendFile(path: string, options?: SendFileOptions,
             fn?: SendFileCallback): this;
    /** @deprecated Express 4's: use sendFile() */
    sendfile(path: string, options?: SendFileOptions | SendFileCallback,
             fn?: SendFileCallback): void;
    download(path: string, fn?: SendFileCallback): this;
    download(path: string, name?: string, fn?: SendFileCallback): this;
    download(path: string, name?: string, options?: SendFileOptions,
             fn?: SendFileCallback): this;
    /** answers as fetch() or an HTTP client was answered */
    pipeFrom(source: any): Promise<void>;
    /** throws: there are no views */
    render(...args: any[]): never;

    writeHead(status: number, headers?: { [name: string]: Value }
                                        | readonly Value[]): this;
    writeHead(status: number, message?: string,
              headers?: { [name: string]: Value } | readonly Value[]): this;
    flushHeaders(): void;
    /** false: the client is behind, 'drain' will come */
    write(chunk: string | Uint8Array, fn?: (error?: Error | null) => void):
        boolean;
    write(chunk: string | Uint8Array, encoding?: BufferEncoding,
          fn?: (error?: Error | null) => void): boolean;
    end(fn?: () => void): this;
    end(chunk: string | Uint8Array, fn?: () => void): this;
    end(chunk: string | Uint8Array, encoding?: BufferEncoding,
        fn?: () => void): this;
    cork(): void;
    uncork(): void;
    destroy(error?: Error): this;
    addTrailers(trailers: { [name: string]: string }): void;
    writeProcessing(): void;
    writeEarlyHints(hints: { [name: string]: string | string[] },
                    fn?: () => void): void;
    setTimeout(ms: number, listener?: () => void): this;
    waitUntil(promise: PromiseLike<unknown>): void;

    readonly headersSent: boolean;
    readonly finished: boolean;
    readonly writable: boolean;
    readonly writableEnded: boolean;
    readonly writableFinished: boolean;
    readonly writableNeedDrain: boolean;
    readonly writableLength: number;
    readonly writableHighWaterMark: number;
    readonly closed: boolean;
    readonly destroyed: boolean;
    readonly errored: Error | null;
    readonly socket: Connection | null;
    readonly connection: Connection | null;
}
