#include "daemon/app/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err make(const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) return ERR_OK;
    return errno == ENOSPC || errno == EDQUOT ? ERR_NO_SPACE : ERR_SYSTEM;
}

enum err folder_open(char out[FOLDER_PATH_BYTES], const char *data)
{
    char path[FOLDER_PATH_BYTES], *real;

    if (data[0] == '\0' || strlen(data) >= sizeof(path)) return ERR_SYSTEM;
    (void)strcpy(path, data);
    /* Its parents too: a fresh machine has no ~/.local/share. */
    for (char *p = path + 1; *p != '\0'; p++) {
        if (*p != '/') continue;
        *p = '\0';
        enum err err = make(path);
        *p = '/';
        if (err != ERR_OK) return err;
    }
    enum err err = make(path);
    if (err != ERR_OK) return err;
    real = realpath(path, NULL);
    if (real == NULL) return ERR_SYSTEM;
    err = strlen(real) < FOLDER_PATH_BYTES ? ERR_OK : ERR_SYSTEM;
    if (err == ERR_OK) (void)strcpy(out, real);
    free(real);
    return err;
}

enum err folder_lock(const char *data)
{
    char path[FOLDER_PATH_BYTES];
    enum err err = folder_path(path, data, "lock");

    if (err != ERR_OK) return err;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return errno == ENOSPC ? ERR_NO_SPACE : ERR_SYSTEM;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK; /* the descriptor is the lock: it stays open until the process ends */
    err = errno == EWOULDBLOCK ? ERR_LOCKED : ERR_SYSTEM;
    close(fd);
    return err;
}

enum err folder_path(char out[FOLDER_PATH_BYTES], const char *folder, const char *name)
{
    char path[2 * FOLDER_PATH_BYTES];
    bool alone = strchr(name, '/') != NULL;
    int n = alone ? snprintf(path, sizeof(path), "%s", name)
                  : snprintf(path, sizeof(path), "%s/%s", folder, name);

    if (n < 0 || n >= FOLDER_PATH_BYTES) return ERR_LIMIT;
    (void)strcpy(out, path);
    return ERR_OK;
}

enum err folder_network(char out[FOLDER_PATH_BYTES], const char *data, const char *name)
{
    char networks[FOLDER_PATH_BYTES];
    enum err err = folder_path(networks, data, "networks");

    if (err == ERR_OK) err = make(networks);
    if (err == ERR_OK) err = folder_path(out, networks, name);
    return err == ERR_OK ? make(out) : err;
}

bool folder_name_is_good(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && n < FOLDER_NAME_BYTES &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

size_t folder_networks(char out[FOLDER_NETWORKS_MAX][FOLDER_NAME_BYTES], const char *data)
{
    char path[FOLDER_PATH_BYTES];
    struct dirent *entry;
    size_t n = 0;
    DIR *dir;

    if (folder_path(path, data, "networks") != ERR_OK || (dir = opendir(path)) == NULL)
        return 0;
    while (n < FOLDER_NETWORKS_MAX && (entry = readdir(dir)) != NULL) {
        if (folder_name_is_good(entry->d_name)) (void)strcpy(out[n++], entry->d_name);
    }
    closedir(dir);
    qsort(out, n, FOLDER_NAME_BYTES, by_name);
    return n;
}
