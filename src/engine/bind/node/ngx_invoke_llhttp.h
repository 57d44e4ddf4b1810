/*
 * llhttp, Node's parser of HTTP, which is compiled into the module: hidden, for
 * libnode exports one of another version under the same names.
 */

#ifndef _NGX_INVOKE_LLHTTP_H_INCLUDED_
#define _NGX_INVOKE_LLHTTP_H_INCLUDED_


/* what its files include besides, which is not hidden */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE4_2__)
#include <x86intrin.h>
#endif

#pragma GCC visibility push(hidden)
#include <llhttp.h>
#pragma GCC visibility pop


#endif /* _NGX_INVOKE_LLHTTP_H_INCLUDED_ */
