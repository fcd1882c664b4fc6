/*
 * check.h: what must be true of our own code. A failed CHECK is a programmer error: the process
 * aborts, and what was acknowledged is on disk (crash-only). Input from outside is never
 * CHECKed; it gets an `enum err`.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/* Aborts. The location stays in the core file and, where a hook is set, in the log. */
__attribute__((noreturn)) void check_failed(const char *expression, const char *file, int line);

/* The program's way to say a last word before the abort (pure code may not print). */
typedef void (*check_hook_fn)(const char *expression, const char *file, int line);
void check_set_hook(check_hook_fn hook);

#define CHECK(expression)                                                                      \
    ((expression) ? (void)0 : check_failed(#expression, __FILE__, __LINE__))

#endif
