#include "daemon/view/reading.h"

#include "proto/crypto/hash.h"
#include "proto/envelope/envelope.h"

void reading_fini(struct reading *reading)
{
    if (reading->decoded) {
        revision_fini(&reading->revision);
    }
    buf_fini(&reading->body);
    *reading = (struct reading){0};
}

enum tables_status reading_rights(struct members *members, const struct members_chain *chain,
                                  uint64_t seq, const struct school_id *owner,
                                  enum reading_role *role)
{
    *role = READING_ROLE_NONE;
    if (memcmp(owner->b, members->network.b, sizeof(owner->b)) == 0) {
        bool in = fold_in_role(members->fold, &chain->chain, seq);
        *role = in ? READING_ROLE_IN : READING_ROLE_OUT;
        return in ? TABLES_OK : TABLES_ROLE;
    }
    if (!school_id_eq(owner, &chain->school)) return TABLES_RIGHTS;
    struct fold_space space;
    bool own =
        fold_space(members->fold, &chain->chain.tag, &space) && space.space_class == SPACE_OWN;
    return !own && fold_observes(members->fold, &chain->chain, seq) ? TABLES_OBSERVER
                                                                    : TABLES_OK;
}

/* Decodes out->body. */
static bool decode(struct reading *out, const struct revision_id *known)
{
    struct revision_id id;
    if (known != NULL) {
        id = *known;
    } else {
        hash_bytes(id.b, sizeof(id.b), slice_of(NULL, 0), REVISION_ID_LABEL,
                   buf_slice(&out->body), slice_of(NULL, 0));
    }
    out->decoded = revision_decode(buf_slice(&out->body), &id, &out->revision, NULL) == ERR_OK;
    return out->decoded;
}

static enum tables_status read_local(struct reading *out, struct members *members,
                                     const struct log_entry *entry)
{
    out->space = DB_OWN_SPACE;
    buf_put(&out->body, entry->payload.p, entry->payload.n);
    if (!decode(out, &entry->revision)) {
        return TABLES_MALFORMED;
    }
    return school_id_eq(&out->revision.owner, &members->school) ? TABLES_OK : TABLES_RIGHTS;
}

static void read_erase(struct reading *out, struct members *members, const struct chain *chain,
                       const struct envelope_id *id)
{
    const struct statement *erase = fold_erase(members->fold, chain, out->seq, id);
    if (erase != NULL) {
        out->gone = true;
        out->gone_record = erase->u.erase.record;
        out->gone_revision = erase->u.erase.revision;
        out->gone_edit = erase->u.erase.edit;
        out->gone_lamport = erase->u.erase.lamport;
    }
}

static enum tables_status read_sealed(struct reading *out, struct members *members,
                                      const struct members_chain *chain,
                                      const struct envelope *envelope,
                                      const struct log_entry *entry)
{
    const struct epoch_key *key = keyring_find(members->ring, &envelope->key_id);
    if (key == NULL) {
        out->key = envelope->key_id;
        return TABLES_NO_KEY;
    }
    enum err err = envelope_open_record(&out->body, entry->header.p, key, entry->payload);
    if (err != ERR_OK) {
        return err == ERR_DECRYPT ? TABLES_DECRYPT : TABLES_MALFORMED;
    }
    if (!decode(out, NULL)) {
        return TABLES_MALFORMED;
    }
    return reading_rights(members, chain, envelope->seq, &out->revision.owner, &out->role);
}

static enum tables_status read_envelope(struct reading *out, struct members *members,
                                        const struct log_entry *entry)
{
    struct envelope envelope;
    enum err err = envelope_decode(&envelope, entry->header);
    if (err != ERR_OK || members->fold == NULL) {
        return err == ERR_VERSION ? TABLES_NEWER : TABLES_MALFORMED;
    }
    struct chain key = envelope_chain(&envelope);
    const struct members_chain *chain = members_chain(members, &key);
    if (chain == NULL) {
        return TABLES_MALFORMED; /* the database failed: the whole batch is undone */
    }
    out->chain = chain->id;
    out->seq = envelope.seq;
    out->space = chain->space;
    if (envelope.seq > chain->upto) {
        return chain->why == FOLD_CLIP_FROZEN ? TABLES_FROZEN
               : chain->why == FOLD_CLIP_CUT  ? TABLES_CLIPPED
                                              : TABLES_NOT_MEMBER;
    }
    struct envelope_id id;
    envelope_id(&id, entry->header.p);
    if (entry->erased || fold_erased(members->fold, &key, envelope.seq, &id) == FOLD_ERASED) {
        read_erase(out, members, &key, &id);
        return TABLES_ERASED;
    }
    if (envelope.kind != ENVELOPE_RECORD) {
        return TABLES_NEWER;
    }
    return read_sealed(out, members, chain, &envelope, entry);
}

void reading_make(struct reading *out, struct members *members, const struct log_entry *entry)
{
    *out = (struct reading){.role = READING_ROLE_NONE};
    out->status = entry->kind == LOG_LOCAL ? read_local(out, members, entry)
                                           : read_envelope(out, members, entry);
    if (!out->decoded) {
        buf_fini(&out->body);
    }
}
