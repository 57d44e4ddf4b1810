
#include "ngx_invoke_llhttp.h"


#pragma GCC visibility push(hidden)
#pragma GCC diagnostic ignored "-Wunused-parameter"

#include <api.c>
#include <http.c>

#pragma GCC visibility pop
