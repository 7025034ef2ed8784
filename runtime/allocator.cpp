// malloc is jemalloc's, for the runtime and the functions in it: events are made on one thread and end on another, which glibc's allocator
// pays for with a lock (bench A: a fifth of the time). What is free goes back to the system after a second, so that a burst does not
// stay; blocks above 8 KiB are not kept for each thread, of which there are many.
extern "C" const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:1000,muzzy_decay_ms:0,tcache_max:8192";
