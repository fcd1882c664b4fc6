#include "proto/member/make.h"

#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/member/make_parts.h"
#include "proto/member/signatures.h"

/* ----------------------------------------------------------------------------------- parts */

static void put_root(struct statement *st, const struct make *make)
{
    st->root.by_root = true;
    st->root.pk = *make->root_pk;
}

/* Encodes, signs by the root where one is to sign, and appends. */
static enum err seal(struct buf *out, const struct make *make, const struct statement *st,
                     bool by_root, const struct network_id *network)
{
    struct buf body = {0};
    statement_encode(&body, st);
    if (by_root) {
        struct statement_place place = {.network = *network,
                                        .device = make->device,
                                        .seq = make->head.seq + 1,
                                        .prev = make->head.id};
        statement_sign_root(&body, &place, make->root);
    }
    enum err err = body.len > LIMIT_PAYLOAD_BYTES ? ERR_LIMIT : ERR_OK;
    if (err == ERR_OK) buf_put(out, body.data, body.len);
    buf_fini(&body);
    return err;
}

enum err make_parts_finish(struct buf *out, struct make *make, struct statement *st,
                           const struct school_id *concerned, bool by_root)
{
    struct envelope_id seen[LIMIT_SEEN];
    if (st->seen.items == NULL) {
        st->seen.n = fold_seen(make->fold, &make->device, concerned, seen);
        st->seen.items = seen;
    }
    if (by_root) put_root(st, make);
    enum fold_verdict verdict = fold_try(make->fold, &make->device, st);
    if (verdict != FOLD_VERDICT_STANDS && verdict != FOLD_VERDICT_PENDING) {
        make->why = verdict;
        return ERR_REFUSED;
    }
    return seal(out, make, st, by_root, fold_network(make->fold));
}

struct school_id make_parts_school(const struct make *make)
{
    struct fold_device device;
    if (fold_device(make->fold, &make->device, &device)) return device.school;
    return (struct school_id){0};
}

static bool text_of(struct statement_text *out, const char *text, size_t least)
{
    *out = statement_text(text == NULL ? "" : text);
    return statement_text_fits(out, least);
}

static int compare_schools(const void *a, const void *b)
{
    return school_id_cmp(a, b);
}

/* ------------------------------------------------------------------------ founding, joining */

enum err make_found(struct buf *out, struct make *make, const char *network_name,
                    const struct make_school *school)
{
    static const struct network_id none;
    struct statement st = {.type = STATEMENT_FOUND};
    if (make->root == NULL || make->head.seq != 0 ||
        !device_pk_eq(&make->device, &school->device.device) ||
        !text_of(&st.u.found.network_name, network_name, 1) ||
        !text_of(&st.u.found.school_name, school->name, 1) ||
        !statement_text_fits(&school->device.name, 1)) {
        return ERR_INVALID;
    }
    st.u.found.root_pk = school->root_pk;
    st.u.found.recovery_pk = school->recovery_pk;
    st.u.found.device = school->device;
    return seal(out, make, &st, true, &none);
}

static int compare_grants(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct box_pk));
}

enum err make_invite(struct buf *out, struct make *make, const struct invite_secret *secret,
                     uint64_t expires_ms)
{
    struct statement st = {.type = STATEMENT_INVITE};
    struct psk psk;
    struct fold_school school;
    struct fold_device device;
    struct statement_grant *seals = mem_zalloc(LIMIT_GRANTS * sizeof(*seals));
    size_t n = 0;
    enum err err = ERR_OK;
    invite_id(&st.u.invite.invite, secret);
    st.u.invite.expires_ms = expires_ms;
    invite_psk(&psk, secret, fold_network(make->fold));
    for (size_t s = 0; fold_school_at(make->fold, s, &school); s++) {
        if (!school.steward || school.status != FOLD_LIVE) continue;
        for (size_t d = 0; fold_school_device_at(make->fold, &school.id, d, &device); d++) {
            if (device.status != FOLD_LIVE || n == MAKE_GRANTS_SLICE) continue;
            /* A device with a key of small order cannot be sealed to: it goes without. */
            if (invite_seal(&seals[n], &st.u.invite.invite, &device.box, &psk, make->env) ==
                ERR_OK) {
                n++;
            }
        }
    }
    KEY_WIPE(&psk);
    qsort(seals, n, sizeof(*seals), compare_grants);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || compare_grants(&seals[kept - 1], &seals[i]) != 0)
            seals[kept++] = seals[i];
    }
    st.u.invite.seals = (struct statement_list){.items = seals, .n = kept};
    err = make_parts_finish(out, make, &st, NULL, false);
    free(seals);
    return err;
}

enum err make_invite_void(struct buf *out, struct make *make, const struct invite_id *invite)
{
    struct statement st = {.type = STATEMENT_INVITE_VOID};
    st.u.invite_void.invite = *invite;
    return make_parts_finish(out, make, &st, NULL, false);
}

enum err make_admit(struct buf *out, struct make *make, const struct invite_request *request)
{
    struct statement st = {.type = STATEMENT_ADMIT};
    if (!statement_text_fits(&request->school_name, 1) ||
        !statement_text_fits(&request->device.name, 1)) {
        return ERR_INVALID;
    }
    if (!invite_request_verify(request, fold_network(make->fold))) return ERR_SIGNATURE;
    st.u.admit.invite = request->invite;
    st.u.admit.school = request->school;
    st.u.admit.school_name = request->school_name;
    st.u.admit.root_pk = request->root_pk;
    st.u.admit.recovery_pk = request->recovery_pk;
    st.u.admit.device = request->device;
    memcpy(st.u.admit.signature, request->signature, sizeof(st.u.admit.signature));
    return make_parts_finish(out, make, &st, &request->school, false);
}

enum err make_device_add(struct buf *out, struct make *make, const struct school_id *school,
                         const struct statement_device *device)
{
    struct statement st = {.type = STATEMENT_DEVICE_ADD};
    struct envelope_id since;
    if (make->root == NULL || make->head.seq != 0 ||
        !device_pk_eq(&make->device, &device->device) ||
        !statement_text_fits(&device->name, 1)) {
        return ERR_INVALID;
    }
    if (!fold_root_since(make->fold, school, &since)) {
        make->why = FOLD_VERDICT_NO_TARGET;
        return ERR_REFUSED;
    }
    st.seen = (struct statement_list){.items = &since, .n = 1};
    st.u.device_add.school = *school;
    st.u.device_add.device = *device;
    return make_parts_finish(out, make, &st, school, true);
}

/* --------------------------------------------------------------------------------- proposals
 */

enum err make_assent(struct buf *out, struct make *make, const struct envelope_id *act)
{
    struct statement st = {.type = STATEMENT_ASSENT};
    st.u.assent.act = *act;
    return make_parts_finish(out, make, &st, NULL, false);
}

enum err make_root_rotate(struct buf *out, struct make *make, const struct school_id *school,
                          const struct root_pk *root_pk, const struct recovery_pk *recovery_pk)
{
    struct statement st = {.type = STATEMENT_ROOT_ROTATE};
    st.u.root_rotate.school = *school;
    st.u.root_rotate.root_pk = *root_pk;
    st.u.root_rotate.recovery_pk = *recovery_pk;
    return make_parts_finish(out, make, &st, school, make->root != NULL);
}

/* ------------------------------------------------------------------------------------ spaces
 */

/* A sorted copy without repeats, with `own` in it when it is not NULL. free() it. */
static struct school_id *schools_of(const struct school_id *schools, size_t n,
                                    const struct school_id *own, size_t *n_out)
{
    struct school_id *all = mem_zalloc((n + 1) * sizeof(*all));
    if (n > 0) memcpy(all, schools, n * sizeof(*all));
    if (own != NULL) all[n++] = *own;
    qsort(all, n, sizeof(*all), compare_schools);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || !school_id_eq(&all[kept - 1], &all[i])) all[kept++] = all[i];
    }
    *n_out = kept;
    return all;
}

enum err make_space_new(struct buf *out, struct make *make, const char *name,
                        const struct school_id *schools, size_t n)
{
    struct statement st = {.type = STATEMENT_SPACE_NEW};
    struct school_id own = make_parts_school(make);
    if (!text_of(&st.u.space_new.name, name, 0) || n > STATEMENT_SCHOOLS_MAX)
        return ERR_INVALID;
    for (size_t i = 0; i < n; i++) {
        struct fold_school school;
        if (!fold_school(make->fold, &schools[i], &school) || school.status != FOLD_LIVE) {
            return ERR_NOT_FOUND;
        }
    }
    size_t all_n;
    struct school_id *all = schools_of(schools, n, &own, &all_n);
    st.u.space_new.schools = (struct statement_list){.items = all, .n = all_n};
    enum err err = all_n < 2 || all_n > STATEMENT_SCHOOLS_MAX
                       ? ERR_INVALID
                       : make_parts_finish(out, make, &st, NULL, false);
    free(all);
    return err;
}

enum err make_space_accept(struct buf *out, struct make *make, const struct space_tag *tag,
                           enum statement_part part)
{
    struct statement st = {.type = STATEMENT_SPACE_ACCEPT};
    struct fold_space space;
    if (!fold_space(make->fold, tag, &space)) return ERR_NOT_FOUND;
    st.u.space_accept.space = space.id;
    st.u.space_accept.part = (uint8_t)part;
    return make_parts_finish(out, make, &st, NULL, false);
}

enum err make_space_carriers(struct buf *out, struct make *make, const struct space_tag *tag,
                             const struct school_id *schools, size_t n)
{
    struct statement st = {.type = STATEMENT_SPACE_CARRIERS};
    struct fold_space space;
    if (!fold_space(make->fold, tag, &space)) return ERR_NOT_FOUND;
    if (n > STATEMENT_SCHOOLS_MAX) return ERR_INVALID;
    st.u.space_carriers.space = space.id;
    size_t all_n;
    struct school_id *all = schools_of(schools, n, NULL, &all_n);
    st.u.space_carriers.schools = (struct statement_list){.items = all, .n = all_n};
    enum err err = make_parts_finish(out, make, &st, NULL, false);
    free(all);
    return err;
}

/* ----------------------------------------------------------------------------- proof, erase */

enum err make_proof(struct buf *out, struct make *make, const uint8_t a[ENVELOPE_HEADER_BYTES],
                    const uint8_t b[ENVELOPE_HEADER_BYTES])
{
    struct envelope x, y;
    if (envelope_decode(&x, slice_of(a, ENVELOPE_HEADER_BYTES)) != ERR_OK ||
        envelope_decode(&y, slice_of(b, ENVELOPE_HEADER_BYTES)) != ERR_OK) {
        return ERR_INVALID;
    }
    bool turn = x.seq != y.seq ? x.seq > y.seq : memcmp(a, b, ENVELOPE_HEADER_BYTES) > 0;
    struct statement st = {.type = STATEMENT_PROOF};
    st.u.proof.a = turn ? b : a;
    st.u.proof.b = turn ? a : b;
    if (memcmp(a, b, ENVELOPE_HEADER_BYTES) == 0 ||
        !signatures_prove(fold_network(make->fold), &st)) {
        return ERR_INVALID;
    }
    struct fold_device device;
    bool known = fold_device(make->fold, &x.device, &device);
    return make_parts_finish(out, make, &st, known ? &device.school : NULL, false);
}

enum err make_erase(struct buf *out, struct make *make, const struct make_erase *erase)
{
    struct statement st = {.type = STATEMENT_ERASE};
    if (erase->parents_n > LIMIT_REVISION_PARENTS || erase->seq == 0) return ERR_INVALID;
    for (size_t i = 1; i < erase->parents_n; i++) {
        if (revision_id_cmp(&erase->parents[i - 1], &erase->parents[i]) >= 0)
            return ERR_INVALID;
    }
    st.u.erase.chain = erase->chain;
    st.u.erase.seq = erase->seq;
    st.u.erase.id = erase->id;
    st.u.erase.record = erase->record;
    st.u.erase.revision = erase->revision;
    st.u.erase.edit = erase->edit;
    st.u.erase.lamport = erase->lamport;
    st.u.erase.parents =
        (struct statement_list){.items = erase->parents, .n = erase->parents_n};
    return make_parts_finish(out, make, &st, NULL, false);
}

enum err make_hide(struct buf *out, struct make *make, const struct school_id *owner,
                   const struct record_id *record, const char *reason, bool hide)
{
    struct statement st = {.type = hide ? STATEMENT_HIDE : STATEMENT_UNHIDE};
    st.u.hide.owner = *owner;
    st.u.hide.record = *record;
    if (!text_of(&st.u.hide.reason, reason, 0)) return ERR_INVALID;
    return make_parts_finish(out, make, &st, NULL, false);
}
