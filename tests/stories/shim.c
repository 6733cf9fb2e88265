/* What a test cannot have for itself: another time, another user. Preloaded into tokcli. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static long asleep(void)
{
    const char *path = getenv("SHIM_ASLEEP");
    FILE *file = path ? fopen(path, "r") : NULL;
    long seconds = 0;
    if (file) {
        if (fscanf(file, "%ld", &seconds) != 1)
            seconds = 0;
        fclose(file);
    }
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const char *seconds = getenv("SHIM_CLOCK"), *later = getenv("SHIM_LATER");
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_REALTIME && seconds)
        now->tv_sec = atoll(seconds);
    /* As if the machine had run, or slept, so much longer: from the beginning, or since a file says so. */
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME)) {
        if (later)
            now->tv_sec += atoll(later);
        now->tv_sec += asleep();
    }
    return failed;
}

uid_t geteuid(void)
{
    const char *user = getenv("SHIM_UID");
    return user ? (uid_t)atol(user) : (uid_t)syscall(SYS_geteuid);
}
