/*
 * settings.h: the settings and drafts of one network, for the faces: read at once, written
 * through the storage thread in batches of their own. Sealed in the store, as all settings are
 * (seal.h). Belongs to the loop's thread.
 */
#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H

#include "daemon/app/seal.h"
#include "daemon/store/storage.h"

/* Batches of settings are told from the node's by their number. */
#define SETTINGS_BATCH (UINT64_C(1) << 63)

typedef void (*settings_fn)(void *arg, const char *key, struct slice value);
typedef void (*settings_done_fn)(void *arg, enum err err);

struct settings {
    const struct seal *seal;
    const struct store_reader *reader;
    struct storage *storage;
    struct settings_wait *waits; /* in order of batch */
    size_t waits_n;
    uint64_t last;
};

/* reader: what seal_reader_init made. All three outlive it. */
void settings_init(struct settings *settings, const struct seal *seal,
                   const struct store_reader *reader, struct storage *storage);
/* All that wait are answered CLOSED. */
void settings_fini(struct settings *settings);

/* Appends. NOT_FOUND, CORRUPT. */
MUST_USE enum err settings_get(const struct settings *settings, const char *key,
                               struct buf *out);
void settings_each(const struct settings *settings, const char *prefix, settings_fn fn,
                   void *arg);
/*
 * Durable when done comes with OK: from settings_on_stored, or from settings_tell when it was
 * refused here (INVALID key, BUSY past LIMIT_COMMANDS_PENDING). value.p NULL deletes.
 */
void settings_put(struct settings *settings, const char *key, struct slice value,
                  settings_done_fn done, void *arg);
void settings_on_stored(struct settings *settings, uint64_t batch, enum err err);
/* Answers what was refused and has nothing before it. Call it in a later turn. */
void settings_tell(struct settings *settings);

#endif
