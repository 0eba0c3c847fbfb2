int main(void) {
    const tollgate_entry_t *plugin = tollgate_entry();
    tollgate_sink_t sink = new_sink();
    /* EDIT: the configuration: every key of the manifest, in the manifest's order. */
    tollgate_attribute_t factor = {0};
    void *instance = NULL;
    factor.key.data = "factor";
    factor.key.length = strlen("factor");
    factor.kind = TOLLGATE_REAL;
    factor.real = -2.0;
    CHECK(plugin->abi == TOLLGATE_ABI);
    CHECK(plugin->create(&host, &factor, 1, &sink, &instance) == TOLLGATE_OK);
    if (instance == NULL) {
        fprintf(stderr, "create failed: %s\n", message);
        return 1;
    }

    /* EDIT: an input, and the expected output. */
    const float samples[4] = {0.5f, -1.0f, 3.0f, 0.0f};
    const uint64_t shape[2] = {2, 2};
    tollgate_block_t input = {0};
    input.size = sizeof input;
    input.element = TOLLGATE_F32;
    input.bytes = sizeof samples;
    input.rank = 2;
    input.data = samples;
    input.shape = shape;
    CHECK(plugin->call(instance, 0, &input, &sink) == TOLLGATE_OK);
    CHECK(commits == 1 && committed.element == TOLLGATE_F32 && committed.bytes == sizeof samples);
    const float *scaled = (const float *)(const void *)room;
    CHECK(scaled[0] == -1.0f && scaled[1] == 2.0f && scaled[2] == -6.0f && scaled[3] == 0.0f);

    /* Errors are reported with a status and a message. */
    CHECK(plugin->call(instance, 1, &input, &sink) == TOLLGATE_OPERATION && message[0] != '\0');
    input.bytes = sizeof room + sizeof samples[0];
    CHECK(plugin->call(instance, 0, &input, &sink) == TOLLGATE_ROOM && commits == 1);

    plugin->destroy(instance);
    plugin->destroy(NULL);
    if (!failed) {
        puts("the unit test passed");
    }
    return failed;
}
