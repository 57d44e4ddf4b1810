/*
 * What the processor is called, by Node and by uname().
 */

#ifndef _NGX_INVOKE_ARCH_H_INCLUDED_
#define _NGX_INVOKE_ARCH_H_INCLUDED_


#if defined __x86_64__
#define NGX_INVOKE_ARCH     "x64"
#define NGX_INVOKE_MACHINE  "x86_64"
#elif defined __aarch64__
#define NGX_INVOKE_ARCH     "arm64"
#define NGX_INVOKE_MACHINE  "aarch64"
#else
#define NGX_INVOKE_ARCH     "unknown"
#define NGX_INVOKE_MACHINE  "unknown"
#endif


#endif /* _NGX_INVOKE_ARCH_H_INCLUDED_ */
