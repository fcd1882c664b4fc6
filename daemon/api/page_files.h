/*
 * page_files.h: the files of the page (client/web), packed with gzip when kithd is built.
 */
#ifndef API_PAGE_FILES_H
#define API_PAGE_FILES_H

#include "proto/base/mem.h"

struct page_file {
    const char *name; /* "app.js" */
    const char *type; /* Content-Type */
    const char *etag; /* with its quotes */
    struct slice gz;
};
/* Ends with a row whose name is NULL. Without the page that is the only one. */
extern const struct page_file page_files[];

#endif
