/*
 * keyfile.h: DATA/device.key: who this device is. Written once, at init; a restored machine
 * makes a new one. It is its owner's alone (0600), and what is open to others is refused, for a
 * copied key is a second device with the first one's name.
 *
 *   "KITHKEY1"  version 2 (=1)  flags 2 (=0)
 *   device seed 32 (Ed25519)  box secret 32 (X25519)  transport secret 32 (X25519)
 *   school id 32  root_pk 32  recovery_pk 32   as of init; the statements know later ones
 *   school name 2+n  device name 2+n           UTF-8
 *   BLAKE2b-256("kith/1 keyfile\0" || all before)
 */
#ifndef APP_KEYFILE_H
#define APP_KEYFILE_H

#include "proto/base/env.h"
#include "proto/base/err.h"
#include "proto/base/limits.h"
#include "proto/crypto/key.h"

enum { KEYFILE_BYTES_MAX = 1024 };

struct keyfile {
    struct device_pk device_pk;
    struct device_sk device_sk;
    struct box_pk box_pk;
    struct box_sk box_sk;
    struct transport_pk transport_pk;
    struct transport_sk transport_sk;
    struct school_id school;
    struct root_pk root_pk;
    struct recovery_pk recovery_pk;
    char school_name[LIMIT_NAME_BYTES + 1];
    char device_name[LIMIT_NAME_BYTES + 1];
};

/* New device keys; the school's part is the caller's to fill. */
void keyfile_make(struct keyfile *out, const struct env *env);

void keyfile_encode(const struct keyfile *keyfile, struct buf *out);
/* MALFORMED, VERSION, HASH. */
MUST_USE enum err keyfile_decode(struct keyfile *out, struct slice bytes);

/*
 * NOT_FOUND when there is none; REFUSED when others may read it; CORRUPT when it is damaged;
 * VERSION when a newer Kith wrote it; SYSTEM.
 */
MUST_USE enum err keyfile_load(struct keyfile *out, const char *path);
/* Durable when it returns. EXISTS rather than replace one. NO_SPACE, IO, SYSTEM. */
MUST_USE enum err keyfile_save(const struct keyfile *keyfile, const char *path);
void keyfile_wipe(struct keyfile *keyfile);

#endif
