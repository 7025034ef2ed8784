// malloc is jemalloc's, for the runtime and the functions in it: events are made on one thread and end on another, which glibc's allocator
// pays for with a lock (bench A: a fifth of the time). What is free goes back to the system after a second, so that a burst does not
// stay. The runtime has two hundred threads, most of them idle: each keeps at most half of what jemalloc would let it (100 blocks of a
// size, none above 4 KiB), which is 4 MB of the idle process and nothing in bench A.
extern "C" const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:1000,muzzy_decay_ms:0,tcache_max:4096,tcache_nslots_small_max:100";
