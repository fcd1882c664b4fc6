/*
 * The page: files packed into this program (client/web), served as they are, asked for again
 * only when they changed. Without them the plain status page (page.c) stands in.
 */
#include <string.h>

#include "daemon/api/page_files.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"

/* Its own files and its own API, and nothing else: no script in a text, none from elsewhere. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

static const struct page_file *find(const char *name)
{
    const struct page_file *file = page_files;

    while (file->name != NULL && strcmp(file->name, name) != 0)
        file++;
    return file->name == NULL ? NULL : file;
}

static void serve(struct call *call, const struct page_file *file)
{
    const char *held = call->http == NULL ? NULL : http_header(call->http, "If-None-Match");
    bool same = held != NULL && strstr(held, file->etag) != NULL;
    const struct http_header_pair headers[] = {
        {"Content-Security-Policy", policy},
        {"Cache-Control", "no-cache"},
        {"ETag", file->etag},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Content-Encoding", "gzip"},
    };

    call_finish(call, same ? 304 : 200, NULL);
    if (call->http == NULL) return;
    http_respond(call->http, same ? 304 : 200, file->type, same ? slice_of(NULL, 0) : file->gz,
                 headers, sizeof(headers) / sizeof(headers[0]) - same);
}

void page_app_file(struct call *call)
{
    const struct page_file *file = find(call->segments[0]);

    if (file != NULL)
        serve(call, file);
    else
        call_fail(call, ERR_NOT_FOUND, "the page has no such file", NULL, NULL);
}

void page_app_show(struct call *call)
{
    const struct page_file *file = find("index.html");

    if (file != NULL)
        serve(call, file);
    else
        page_show(call);
}
