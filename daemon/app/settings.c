#include "daemon/app/settings.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"

struct settings_wait {
    uint64_t batch;
    enum err err; /* refused before it came to the store */
    settings_done_fn done;
    void *arg;
    struct settings_wait *next;
};

void settings_init(struct settings *settings, const struct seal *seal,
                   const struct store_reader *reader, struct storage *storage)
{
    *settings = (struct settings){
        .seal = seal, .reader = reader, .storage = storage, .last = SETTINGS_BATCH};
}

void settings_fini(struct settings *settings)
{
    settings_on_stored(settings, UINT64_MAX, ERR_CLOSED);
}

/* ----------------------------------------------------------------------------- reading -- */

struct lookup {
    const char *key; /* exactly this one */
    struct buf *out;
    enum err err;
    settings_fn fn;
    void *arg;
};

static void look_up(void *arg, struct slice key, struct slice value)
{
    struct lookup *lookup = arg;

    if (!slice_eq(key, slice_of(lookup->key, strlen(lookup->key)))) return;
    lookup->err = value.p == NULL ? ERR_CORRUPT : ERR_OK;
    if (value.p != NULL) buf_put(lookup->out, value.p, value.n);
}

enum err settings_get(const struct settings *settings, const char *key, struct buf *out)
{
    struct lookup lookup = {.key = key, .out = out, .err = ERR_NOT_FOUND};

    settings->reader->each_setting(settings->reader->ctx, key, look_up, &lookup);
    return lookup.err;
}

static void look_at(void *arg, struct slice key, struct slice value)
{
    struct lookup *lookup = arg;
    char name[STORE_KEY_BYTES_MAX + 1];

    if (key.n > STORE_KEY_BYTES_MAX || value.p == NULL) return;
    memcpy(name, key.p, key.n);
    name[key.n] = '\0';
    lookup->fn(lookup->arg, name, value);
}

void settings_each(const struct settings *settings, const char *prefix, settings_fn fn,
                   void *arg)
{
    struct lookup lookup = {.fn = fn, .arg = arg};

    settings->reader->each_setting(settings->reader->ctx, prefix, look_at, &lookup);
}

/* ----------------------------------------------------------------------------- writing -- */

static struct settings_wait *wait_new(struct settings *settings)
{
    struct settings_wait *wait = mem_zalloc(sizeof(*wait)), **tail = &settings->waits;

    while (*tail != NULL)
        tail = &(*tail)->next;
    *tail = wait;
    wait->batch = ++settings->last;
    settings->waits_n++;
    return wait;
}

void settings_put(struct settings *settings, const char *key, struct slice value,
                  settings_done_fn done, void *arg)
{
    struct settings_wait *wait = wait_new(settings);
    size_t n = strlen(key);

    wait->done = done;
    wait->arg = arg;
    if (n == 0 || n > STORE_KEY_BYTES_MAX)
        wait->err = ERR_INVALID;
    else if (settings->waits_n > LIMIT_COMMANDS_PENDING)
        wait->err = ERR_BUSY;
    if (wait->err != ERR_OK) return;
    const struct write write = {
        .kind = WRITE_SETTING, .key = slice_of(key, n), .payload = value};
    seal_commit(settings->seal, settings->storage, wait->batch, &write, 1);
}

void settings_on_stored(struct settings *settings, uint64_t batch, enum err err)
{
    while (settings->waits != NULL && settings->waits->batch <= batch) {
        struct settings_wait *wait = settings->waits;
        settings->waits = wait->next;
        settings->waits_n--;
        wait->done(wait->arg, wait->err != ERR_OK ? wait->err : err);
        free(wait);
    }
}

void settings_tell(struct settings *settings)
{
    while (settings->waits != NULL && settings->waits->err != ERR_OK)
        settings_on_stored(settings, settings->waits->batch, settings->waits->err);
}
