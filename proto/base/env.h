/*
 * env.h: the world as pure code sees it. proto/ and daemon/core/ ask for randomness here and
 * nowhere else: libsodium stands behind it in production, a seeded stream in the simulator.
 * Time is not here: it stands in the event.
 */
#ifndef BASE_ENV_H
#define BASE_ENV_H

#include <stddef.h>

struct env {
    /* Fills out with n bytes fit for keys and nonces. Cannot fail. */
    void (*random)(void *ctx, void *out, size_t n);
    void *ctx;
};

static inline void env_random(const struct env *env, void *out, size_t n)
{
    env->random(env->ctx, out, n);
}

#endif
