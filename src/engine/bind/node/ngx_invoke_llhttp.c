
/* llhttp's states, which know other types of what the rest calls */

#include "ngx_invoke_llhttp.h"


#pragma GCC visibility push(hidden)
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-label"
#pragma GCC diagnostic ignored "-Wsign-compare"

#include <llhttp.c>

#pragma GCC visibility pop
