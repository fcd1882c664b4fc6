#include "proto/base/check.h"

#include <stddef.h>
#include <stdlib.h>

static check_hook_fn hook_fn;

void check_set_hook(check_hook_fn hook)
{
    hook_fn = hook;
}

void check_failed(const char *expression, const char *file, int line)
{
    if (hook_fn != NULL) hook_fn(expression, file, line);
    abort();
}
