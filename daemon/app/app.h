/*
 * app.h: kithd: configuration, data folder, the loop, the runtimes, the API, and the end.
 */
#ifndef APP_APP_H
#define APP_APP_H

/* The whole program. Returns the exit code: 0 ended in order, 1 could not run, 2 usage. */
int app_main(int argc, char **argv);

#endif
