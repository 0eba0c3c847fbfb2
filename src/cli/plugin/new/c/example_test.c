static void *create(const char *measure, double target, tollgate_sink_t *sink) {
    tollgate_attribute_t config[2] = {{0}, {0}}; /* every key of the manifest, in the manifest's order */
    void *instance = NULL;
    config[0].key.data = "measure";
    config[0].key.length = strlen("measure");
    config[0].kind = TOLLGATE_TEXT;
    config[0].text.data = measure;
    config[0].text.length = strlen(measure);
    config[1].key.data = "target";
    config[1].key.length = strlen("target");
    config[1].kind = TOLLGATE_REAL;
    config[1].real = target;
    CHECK(tollgate_entry()->create(&host, config, 2, sink, &instance) == TOLLGATE_OK);
    return instance;
}

int main(void) {
    const tollgate_entry_t *plugin = tollgate_entry();
    tollgate_sink_t sink = new_sink();
    const double samples[4] = {0.5, -2.0, 0.0, 1.5};
    const uint64_t shape[1] = {4};
    const double *given = (const double *)(const void *)room; /* the last commit */
    tollgate_block_t input = {0};
    input.size = sizeof input;
    input.element = TOLLGATE_F64;
    input.bytes = sizeof samples;
    input.rank = 1;
    input.data = samples;
    input.shape = shape;
    void *peak = create("peak", 4.0, &sink);
    void *mean = create("mean", 4.0, &sink);
    if (peak == NULL || mean == NULL) {
        fprintf(stderr, "create failed: %s\n", message);
        return 1;
    }

    /* A table: one commit for each column. */
    CHECK(plugin->call(peak, 0, &input, &sink) == TOLLGATE_OK && commits == 3);
    CHECK(committed.element == TOLLGATE_F64 && committed.bytes == 2 * sizeof(double));
    CHECK(given[0] == 50.0 && given[1] == 25.0);

    /* The second operation, by each measure. */
    CHECK(plugin->call(peak, 1, &input, &sink) == TOLLGATE_OK && commits == 4);
    CHECK(given[0] == 1.0 && given[1] == -4.0 && given[2] == 0.0 && given[3] == 3.0);
    CHECK(plugin->call(mean, 1, &input, &sink) == TOLLGATE_OK && committed.bytes == sizeof samples);
    CHECK(given[0] == 2.0 && given[1] == -8.0 && given[2] == 0.0 && given[3] == 6.0);

    /* Errors are reported with a status and a message. */
    CHECK(plugin->call(peak, 2, &input, &sink) == TOLLGATE_OPERATION && message[0] != '\0');

    plugin->destroy(peak);
    plugin->destroy(mean);
    plugin->destroy(NULL);
    if (!failed) {
        puts("the unit test passed");
    }
    return failed;
}
