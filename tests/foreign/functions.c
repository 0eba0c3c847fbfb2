/* What `tests/foreign.rs` calls: one function for each kind of argument, and what a library can do wrong. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int32_t none(void);
int64_t narrow(int8_t a, int16_t b, int32_t c, uint8_t d, uint16_t e, uint32_t f);
double wide(int64_t a, uint64_t b, double c, float d, _Bool e, double f);
float halves(float a, float b);
int8_t least(int8_t x);
uint64_t greatest(uint64_t x);
bool negated(bool x);
uint64_t sum(const unsigned char *bytes, size_t length);
size_t letters(const char *text);
const char *greeting(void);
bool is_null(const void *pointer);
uint64_t filled(void *bytes, size_t length, int value);
void *same(void *pointer);
void nothing(double x);
uint64_t different(void);
uint64_t allocates(size_t bytes);
int crash(int *where);
void stop(int code);
void talk(void);
int later(void);

int32_t none(void) { return -7; }

int64_t narrow(int8_t a, int16_t b, int32_t c, uint8_t d, uint16_t e, uint32_t f)
{
    return a + 10 * (int64_t)b + 100 * (int64_t)c + 1000 * (int64_t)d + 10000 * (int64_t)e + 100000 * (int64_t)f;
}

double wide(int64_t a, uint64_t b, double c, float d, _Bool e, double f)
{
    return (double)a + 10 * (double)b + 100 * c + 1000 * (double)d + (e ? 10000 : 0) + 100000 * f;
}

float halves(float a, float b) { return a / 2 + b / 2; }

int8_t least(int8_t x) { return (int8_t)(x - 1); }

uint64_t greatest(uint64_t x) { return UINT64_MAX - x; }

bool negated(bool x) { return !x; }

uint64_t sum(const unsigned char *bytes, size_t length)
{
    uint64_t total = 0;

    for (size_t i = 0; i < length; i++) {
        total += bytes[i];
    }
    return total;
}

size_t letters(const char *text) { return strlen(text); }

const char *greeting(void) { return "good day"; }

bool is_null(const void *pointer) { return pointer == NULL; }

uint64_t filled(void *bytes, size_t length, int value)
{
    memset(bytes, value, length);
    return sum(bytes, length);
}

void *same(void *pointer) { return pointer; }

void nothing(double x) { (void)x; }

uint64_t different(void)
{
    static uint64_t calls;

    return ++calls;
}

uint64_t allocates(size_t bytes)
{
    volatile unsigned char *memory = malloc(bytes);

    if (memory == NULL) {
        return 0;
    }
    memory[0] = 3;
    bytes += memory[0];
    free((void *)memory);
    return bytes;
}

int crash(int *where) { return *where; }

void stop(int code) { exit(code); }

void talk(void)
{
    puts("a line on standard output");
    fflush(stdout);
    fputs("a line on standard error\n", stderr);
}

/* Survives what is done before measuring, and crashes then. */
int later(void)
{
    static int calls;

    if (++calls > 1000) {
        abort();
    }
    return 1;
}

#if defined(__unix__)
#include <signal.h>
#include <unistd.h>

/* What follows forks once in the life of a process, and waits under an alarm that ends it should nobody else. */

int32_t hangs_later(void);
int32_t forks_once(void);
int32_t forks_later(void);
int32_t leaves_process(void);
int32_t forks_and_hangs(void);

/* Hangs when it is measured, and lets nobody ask it to end. */
int32_t hangs_later(void)
{
    static int calls;

    if (++calls > 1000) {
        signal(SIGTERM, SIG_IGN);
        alarm(300);
        for (;;) {
            pause();
        }
    }
    return 1;
}

/* Returns in two processes. */
int32_t forks_once(void)
{
    static int calls;

    if (++calls == 1) {
        fork();
    }
    return 1;
}

/* Returns in two processes when it is measured. */
int32_t forks_later(void)
{
    static int calls;

    if (++calls == 1000) {
        fork();
    }
    return 1;
}

/* Leaves a process that left its group, its session and its parent and ignores SIGTERM; and a file. */
int32_t leaves_process(void)
{
    static int calls;
    char path[4096];
    const char *directory = getenv("TMPDIR");
    FILE *file;

    if (++calls > 1) {
        return 1;
    }
    snprintf(path, sizeof path, "%s/left", directory != NULL ? directory : "/tmp");
    file = fopen(path, "w");
    if (file != NULL) {
        fclose(file);
    }
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            signal(SIGTERM, SIG_IGN);
            alarm(300);
            pause();
        }
        _exit(0);
    }
    return 1;
}

/* The same, and then it does not return. */
int32_t forks_and_hangs(void)
{
    leaves_process();
    signal(SIGTERM, SIG_IGN);
    alarm(300);
    for (;;) {
        pause();
    }
}
#endif
