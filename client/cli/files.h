/*
 * files.h: files to and from the daemon. What is received stands under its name only when it is
 * whole.
 */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include <jansson.h>

#include "client/cli/cli.h"
#include "client/cli/http.h"

struct files_received {
    struct cli *cli;
    FILE *file;
    size_t bytes;
    char tail[256]; /* its last bytes, to see an end line */
    size_t tail_n;
};

/* Asks and writes the answer to path, through path.part; "-" or NULL is the output. */
enum cli_exit files_receive(struct cli *cli, struct http_request *request, const char *path,
                            struct files_received *received);
/* Sends a file as a body; "-" is the input. */
enum cli_exit files_send(struct cli *cli, const char *path, struct http_request *request,
                         json_t **out);
/* A whole file of at most `most` bytes into *out (the caller's, empty); "-" is the input. */
enum cli_exit files_read(struct cli *cli, const char *path, size_t most, struct buf *out);

#endif
