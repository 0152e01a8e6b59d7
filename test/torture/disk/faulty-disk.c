// Fails calls on the files of a database with the error, and of the kind, that the file named by TORTURE_FAULT says:
// "w5" for writes, "f5" for fsync and fdatasync, "r5" for reads, anything else for none.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int is_database(int file) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  const char *end = strstr(path, ".db");
  return end != NULL && (end[3] == 0 || strcmp(end, ".db-wal") == 0);
}

static int fails(char kind, int file) {
  static char *(*env)(const char *) = getenv;
  const char *control = env("TORTURE_FAULT");
  if (control == NULL || !is_database(file)) return 0;
  ssize_t (*real_read)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
  char text[16] = {0};
  int saved = errno, from = open(control, O_RDONLY | O_CLOEXEC);
  if (from < 0) return 0;
  ssize_t length = real_read(from, text, sizeof text - 1);
  close(from);
  errno = saved;
  if (length < 2 || text[0] != kind) return 0;
  errno = atoi(text + 1);
  return 1;
}

#define WRAP(kind, type, name, parameters, ...)        \
  type name parameters {                               \
    static type(*real) parameters;                     \
    if (real == NULL) real = dlsym(RTLD_NEXT, #name);  \
    return fails(kind, file) ? -1 : real(__VA_ARGS__); \
  }

WRAP('w', ssize_t, write, (int file, const void *bytes, size_t size), file, bytes, size)
WRAP('w', ssize_t, pwrite, (int file, const void *bytes, size_t size, off_t at), file, bytes, size, at)
WRAP('w', ssize_t, pwrite64, (int file, const void *bytes, size_t size, off64_t at), file, bytes, size, at)
WRAP('f', int, fsync, (int file), file)
WRAP('f', int, fdatasync, (int file), file)
WRAP('r', ssize_t, read, (int file, void *bytes, size_t size), file, bytes, size)
WRAP('r', ssize_t, pread, (int file, void *bytes, size_t size, off_t at), file, bytes, size, at)
WRAP('r', ssize_t, pread64, (int file, void *bytes, size_t size, off64_t at), file, bytes, size, at)
