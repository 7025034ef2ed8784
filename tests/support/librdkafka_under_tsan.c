// Thread sanitizer builds only. ThreadSanitizer of GCC 12 does not know C11 threads: a thread that librdkafka starts with
// thrd_create() crashes in the first function it watches, and what C11 mutexes order looks like a race. A program that has
// these definitions gives them to librdkafka instead of the C library's; they are the same in POSIX' words, which it knows.
//
// librdkafka itself is not instrumented: its atomic counters are invisible, so where it frees what it counted looks like a race
// with whoever read it. What it calls is therefore not watched; what its callbacks do in our code is.
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

_Static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t) && sizeof(cnd_t) >= sizeof(pthread_cond_t), "the C library keeps one in the other");

const char* __tsan_default_suppressions(void);
const char* __tsan_default_suppressions(void) { return "called_from_lib:librdkafka.so.1\n"; }

// Making and ending a mutex is not watched either: the read-write locks under which librdkafka hands it on are its own.
void AnnotateIgnoreWritesBegin(const char* file, int line);  // libtsan's
void AnnotateIgnoreWritesEnd(const char* file, int line);

static int answer(int error) { return error == 0 ? thrd_success : error == ETIMEDOUT ? thrd_timedout : error == EBUSY ? thrd_busy : thrd_error; }

struct start {
  thrd_start_t run;
  void* argument;
};

static void* run(void* given) {
  const struct start start = *(struct start*)given;
  free(given);
  return (void*)(intptr_t)start.run(start.argument);
}

int thrd_create(thrd_t* thread, thrd_start_t begin, void* argument) {
  struct start* start = malloc(sizeof *start);
  if (start == NULL) return thrd_nomem;
  *start = (struct start){begin, argument};
  const int error = pthread_create(thread, NULL, run, start);
  if (error != 0) free(start);
  return answer(error);
}

int thrd_join(thrd_t thread, int* result) {
  void* returned = NULL;
  const int error = pthread_join(thread, &returned);
  if (error == 0 && result != NULL) *result = (int)(intptr_t)returned;
  return answer(error);
}

int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, (type & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  const int error = pthread_mutex_init((pthread_mutex_t*)mutex, &attributes);
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  pthread_mutexattr_destroy(&attributes);
  return answer(error);
}
void mtx_destroy(mtx_t* mutex) {
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  pthread_mutex_destroy((pthread_mutex_t*)mutex);
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
}
int mtx_lock(mtx_t* mutex) { return answer(pthread_mutex_lock((pthread_mutex_t*)mutex)); }
int mtx_trylock(mtx_t* mutex) { return answer(pthread_mutex_trylock((pthread_mutex_t*)mutex)); }
int mtx_unlock(mtx_t* mutex) { return answer(pthread_mutex_unlock((pthread_mutex_t*)mutex)); }

int cnd_init(cnd_t* condition) {
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  const int error = pthread_cond_init((pthread_cond_t*)condition, NULL);
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  return answer(error);
}
void cnd_destroy(cnd_t* condition) {
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  pthread_cond_destroy((pthread_cond_t*)condition);
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
}
int cnd_signal(cnd_t* condition) { return answer(pthread_cond_signal((pthread_cond_t*)condition)); }
int cnd_broadcast(cnd_t* condition) { return answer(pthread_cond_broadcast((pthread_cond_t*)condition)); }
int cnd_wait(cnd_t* condition, mtx_t* mutex) { return answer(pthread_cond_wait((pthread_cond_t*)condition, (pthread_mutex_t*)mutex)); }
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const struct timespec* until) {
  return answer(pthread_cond_timedwait((pthread_cond_t*)condition, (pthread_mutex_t*)mutex, until));
}
