/* Long work that outlives its request: the doctor. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"

static json_t *job_json(const struct api_job *job)
{
    static const char *const states[] = {"running", "done", "failed"};
    json_t *json = json_object();
    json_t *result = job->result == NULL ? NULL : json_loads(job->result, 0, NULL);

    names_set(json, "id", names_number(job->id));
    names_set(json, "kind", json_string(job->kind));
    names_set(json, "state", json_string(states[job->state]));
    names_set(json, "step", json_string(job->step));
    names_set(json, "done", names_number(job->done));
    names_set(json, "of", job->of == 0 ? json_null() : names_number(job->of));
    names_set(json, "result",
              job->state == JOB_DONE && result != NULL ? json_incref(result) : json_null());
    names_set(json, "error",
              job->state != JOB_FAILED
                  ? json_null()
                  : json_pack("{s:s, s:s, s:s}", "code", err_name(job->err), "message",
                              job->result == NULL ? err_text(job->err) : job->result, "hint",
                              call_hint(job->err)));
    json_decref(result);
    return json;
}

static void job_emit(struct api_job *job)
{
    if (job->api->stopping) return;
    events_emit(job->api, "job",
                json_pack("{s:s, s:o}", "network", job->network->name, "job", job_json(job)));
}

static void on_progress(void *arg, const char *step, uint64_t done, uint64_t of)
{
    struct api_job *job = arg;
    bool moved = strncmp(job->step, step, sizeof(job->step) - 1) != 0;

    /* A line a step and one a hundredth is what a person can read. */
    moved = moved || of == 0 || (done * 100) / of != (job->done * 100) / of;
    job->step[0] = '\0';
    strncat(job->step, step, sizeof(job->step) - 1);
    job->done = done;
    job->of = of;
    if (moved) job_emit(job);
}

static void on_result(void *arg, enum err err, const char *result)
{
    struct api_job *job = arg;
    struct api *api = job->api;

    job->state = err == ERR_OK ? JOB_DONE : JOB_FAILED;
    job->err = err;
    job->result = result == NULL ? NULL : mem_strdup(result);
    job_emit(job);
    api->jobs_owed--;
    api_settle(api);
}

/* A free place, or that of the oldest job that ended. */
static struct api_job *job_place(struct api *api)
{
    struct api_job *place = NULL;

    for (size_t i = 0; i < API_JOBS_MAX; i++) {
        struct api_job *job = &api->jobs[i];

        if (job->id != 0 && job->state == JOB_RUNNING) continue;
        if (place == NULL || job->id < place->id) place = job;
    }
    return place;
}

void jobs_doctor(struct call *call)
{
    static const struct call_field fields[] = {{"rebuild", CALL_BOOL, false}};
    struct api *api = call->api;
    struct api_job *job;

    if (!call_body(call, fields, 1)) return;
    for (size_t i = 0; i < API_JOBS_MAX; i++) {
        job = &api->jobs[i];
        if (job->id == 0 || job->state != JOB_RUNNING || job->network != call->network)
            continue;
        call_fail(call, ERR_BUSY, "the doctor is at work already",
                  call_format(call,
                              "wait until it has ended (GET …/jobs/%llu shows how far it is)",
                              (unsigned long long)job->id),
                  NULL);
        return;
    }
    job = job_place(api);
    if (job == NULL) {
        call_fail(call, ERR_BUSY, NULL, NULL, NULL);
        return;
    }
    free(job->result);
    *job = (struct api_job){.id = ++api->jobs_last,
                            .api = api,
                            .network = call->network,
                            .kind = "doctor",
                            .step = "starting"};
    api->jobs_owed++;
    call->host->doctor(call->host->ctx, call->network, call_bool(call, "rebuild"), on_progress,
                       on_result, job);
    call_reply(call, 202, json_pack("{s:o}", "job", job_json(job)));
}

void jobs_show(struct call *call)
{
    uint64_t id = strtoull(call->segments[0], NULL, 10);

    for (size_t i = 0; i < API_JOBS_MAX && id != 0; i++) {
        const struct api_job *job = &call->api->jobs[i];

        if (job->id != id || job->network != call->network) continue;
        call_reply(call, 200, job_json(job));
        return;
    }
    call_fail(call, ERR_NOT_FOUND, "there is no such job", "kith doctor starts one", NULL);
}

void jobs_fini(struct api *api)
{
    for (size_t i = 0; i < API_JOBS_MAX; i++)
        free(api->jobs[i].result);
}
