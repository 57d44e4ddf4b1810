/* The module's version: util/build reads it here for the package, too. */

#ifndef _NGX_INVOKE_RELEASE_H_INCLUDED_
#define _NGX_INVOKE_RELEASE_H_INCLUDED_


#define NGX_INVOKE_MODULE_VERSION  "0.9.0"


#endif /* _NGX_INVOKE_RELEASE_H_INCLUDED_ */
