/* The small parts: status, version, call shapes and the layout report. */
#include "sigkit.h"

#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void test_status(void)
{
    char version[32];

    for (sigkit_status s = SIGKIT_ERR_UNSUPPORTED; s <= SIGKIT_STOPPED; s++) {
        CHECK_CASE(strcmp(sigkit_status_text(s), "unknown status") != 0, sigkit_status_text(s), s, 0);
        for (sigkit_status t = SIGKIT_ERR_UNSUPPORTED; t < s; t++) {
            CHECK_CASE(strcmp(sigkit_status_text(s), sigkit_status_text(t)) != 0, "texts differ", s, t);
        }
    }
    CHECK(strcmp(sigkit_status_text(SIGKIT_ERR_UNSUPPORTED - 1), "unknown status") == 0);
    CHECK(strcmp(sigkit_status_text(INT32_MAX), "unknown status") == 0);
    CHECK(sigkit_version() ==
          (SIGKIT_VERSION_MAJOR << 16 | SIGKIT_VERSION_MINOR << 8 | SIGKIT_VERSION_PATCH));
    snprintf(version, sizeof version, "%d.%d.%d", SIGKIT_VERSION_MAJOR, SIGKIT_VERSION_MINOR, SIGKIT_VERSION_PATCH);
    CHECK(strcmp(sigkit_version_text(), version) == 0);
}

static int64_t add_to_user(void *user, int64_t x)
{
    *(int64_t *)user += 1;
    return x + 3;
}

static void counters(void)
{
    sigkit_counter *counter = NULL;

    CHECK(sigkit_counter_create(INT64_MAX, &counter) == SIGKIT_OK && counter != NULL);
    CHECK(sigkit_counter_add(counter, 0) == INT64_MAX);
    CHECK(sigkit_counter_add(counter, 1) == INT64_MIN);
    sigkit_counter_destroy(counter);
    sigkit_counter_destroy(NULL);
    CHECK(sigkit_counter_create(0, NULL) == SIGKIT_ERR_NULL);
    CHECK(sigkit_counter_add(NULL, 1) == 0);
}

void test_shapes(void)
{
    const int64_t k[] = {5, -2, 40};
    const int64_t large[] = {INT64_MAX, 1};
    const double d[] = {0.5, 0.25, 4};
    sigkit_vec3 v = {1, 2, 4}, w;
    int64_t calls = 0;
    double sum = 7;

    sigkit_nop();
    CHECK(sigkit_identity(INT64_MIN) == INT64_MIN);
    CHECK(sigkit_add(2, 3) == 5 && sigkit_add(INT64_MAX, 1) == INT64_MIN);
    CHECK(sigkit_vec3_sum(v) == 7 && sigkit_vec3_sum_at(&v) == 7 && isnan(sigkit_vec3_sum_at(NULL)));
    w = sigkit_vec3_scale(v, 2);
    sigkit_vec3_scale_at(&v, 2);
    sigkit_vec3_scale_at(NULL, 2);
    CHECK(w.x == 2 && w.y == 4 && w.z == 8 && memcmp(&v, &w, sizeof v) == 0);
    CHECK(sigkit_ends_i64(k, 3) == 45 && sigkit_ends_i64(k, 1) == 10);
    CHECK(sigkit_ends_i64(k, 0) == 0 && sigkit_ends_i64(NULL, 0) == 0 && sigkit_ends_i64(NULL, 3) == 0);
    CHECK(sigkit_sum_i64(k, 3) == 43 && sigkit_sum_i64(large, 2) == INT64_MIN);
    CHECK(sigkit_sum_i64(k, 0) == 0 && sigkit_sum_i64(NULL, 3) == 0);
    CHECK(sigkit_sum(d, 3, &sum) == SIGKIT_OK && sum == 4.75);
    CHECK(sigkit_sum(NULL, 1, &sum) == SIGKIT_ERR_NULL && sigkit_sum(d, 3, NULL) == SIGKIT_ERR_NULL);
    CHECK(sigkit_sum(d, SIZE_MAX / 8, &sum) == SIGKIT_ERR_LENGTH && sum == 4.75);
    CHECK(sigkit_sum(NULL, 0, &sum) == SIGKIT_OK && sum == 0);
    CHECK(sigkit_text_length("") == 0 && sigkit_text_length("four") == 4 && sigkit_text_length(NULL) == 0);
    CHECK(sigkit_apply(add_to_user, &calls, 10) == 13 && calls == 1 && sigkit_apply(NULL, NULL, 10) == 10);
    CHECK(sigkit_apply_times(add_to_user, &calls, 0, 5) == 15 && calls == 6);
    CHECK(sigkit_apply_times(add_to_user, &calls, 9, 0) == 9 && calls == 6);
    CHECK(sigkit_apply_times(NULL, NULL, 9, UINT64_MAX) == 9);
    counters();
}

/* Fields must follow their struct in ascending order, aligned, inside of it, and fill it:
   no public struct has padding. */
void test_layout(void)
{
    sigkit_layout_entry e, of = {0};
    uint64_t end = 0, structs = 0;

    for (uint32_t i = 0; i < sigkit_layout_count(); i++) {
        CHECK(sigkit_layout(i, &e) == SIGKIT_OK);
        if (e.field_name == NULL) {
            CHECK_CASE(end == of.size, "no padding", end, of.size);
            CHECK(e.field_type == NULL && e.offset == 0 && e.size % e.align == 0);
            of = e;
            end = 0;
            structs++;
            continue;
        }
        CHECK_CASE(strcmp(e.type_name, of.type_name) == 0, e.field_name, i, 0);
        CHECK_CASE(e.offset == end && e.offset % e.align == 0, e.field_name, e.offset, end);
        CHECK_CASE(e.align <= of.align && e.field_type != NULL, e.field_name, e.align, of.align);
        end = e.offset + e.size;
    }
    CHECK(end == of.size && structs == 5);
    CHECK(sigkit_layout(sigkit_layout_count(), &e) == SIGKIT_ERR_KIND);
    CHECK(sigkit_layout(0, NULL) == SIGKIT_ERR_NULL);
}
