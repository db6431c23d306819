package io.github.sparkattention.kernels.internal.launches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.PassCancelledException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DeviceQueueTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  private final List<FakeContext> contexts = Collections.synchronizedList(new ArrayList<>());
  private final List<DeviceQueue<FakeContext>> queues = new ArrayList<>();

  /** What a launch thread would keep on a device. */
  private static final class FakeContext implements DeviceQueue.Context {
    final Thread owner = Thread.currentThread();
    final AtomicInteger users = new AtomicInteger();
    final AtomicInteger jobs = new AtomicInteger();
    final AtomicInteger tidied = new AtomicInteger();
    volatile boolean closed;
    volatile boolean failsAtTidying;
    volatile CountDownLatch hangsAtTidying;

    @Override
    public void tidy() {
      tidied.incrementAndGet();
      if (failsAtTidying) {
        throw new IllegalStateException("at tidying up");
      }
      if (hangsAtTidying != null) {
        hang(hangsAtTidying);
      }
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private DeviceQueue<FakeContext> open(int threads, Duration timeout) {
    DeviceQueue<FakeContext> queue =
        new DeviceQueue<>(
            threads,
            timeout,
            () -> {
              FakeContext context = new FakeContext();
              contexts.add(context);
              return context;
            });
    queues.add(queue);
    return queue;
  }

  /** Waits for work without results. */
  private static void run(DeviceQueue<FakeContext> queue, Consumer<FakeContext> work) {
    submit(queue, work, DeviceQueue.NO_RESULTS).await(Cancellation.NEVER);
  }

  private static DeviceQueue<FakeContext>.Job submit(
      DeviceQueue<FakeContext> queue, Consumer<FakeContext> work, Runnable results) {
    return queue.submit(
        (context, caller) -> {
          work.accept(context);
          return results;
        });
  }

  @AfterEach
  void noLaunchThreadIsLeft() {
    queues.forEach(DeviceQueue::close);
    eventually(() -> launchThreads().isEmpty());
  }

  private static List<Thread> launchThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("attention-opencl-launch"))
        .toList();
  }

  @Test
  void jobsRunInTheOrderInWhichTheyCame() throws InterruptedException {
    DeviceQueue<FakeContext> queue = open(1, LONG);
    CountDownLatch end = new CountDownLatch(1);
    List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
    List<Thread> callers = new ArrayList<>();
    callers.add(occupy(queue, end));
    for (int i = 0; i < 5; i++) {
      int number = i;
      callers.add(start(() -> run(queue, context -> ran.add(number))));
      eventually(() -> queue.waiting() == number + 1);
    }
    end.countDown();
    join(callers);
    assertThat(ran).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void asManyJobsRunAtOnceAsThereAreThreads() throws InterruptedException {
    DeviceQueue<FakeContext> queue = open(3, LONG);
    CyclicBarrier allThree = new CyclicBarrier(3);
    Set<FakeContext> used = ConcurrentHashMap.newKeySet();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      callers.add(
          start(
              () ->
                  run(
                      queue,
                      context -> {
                        used.add(context);
                        assertThat(Thread.currentThread()).isSameAs(context.owner);
                        await(allThree);
                      })));
    }
    join(callers);
    assertThat(used).hasSize(3);
  }

  @Test
  void aFailureReachesItsCallerAndRetiresItsThreadWithoutFreeingAnything() {
    DeviceQueue<FakeContext> queue = open(1, LONG);
    DeviceException failure = new DeviceException("it failed", null);
    assertThatThrownBy(
            () ->
                run(
                    queue,
                    context -> {
                      throw failure;
                    }))
        .isSameAs(failure);
    FakeContext first = contexts.get(0);
    eventually(() -> !first.owner.isAlive());
    assertThat(first.closed).isFalse();

    AtomicReference<FakeContext> second = new AtomicReference<>();
    run(queue, second::set);
    assertThat(second.get()).isNotSameAs(first);
    assertThat(contexts).hasSize(2);
    queue.close();
    eventually(() -> second.get().closed);
    assertThat(first.closed).isFalse();
  }

  @Test
  void whateverIsThrownBecomesOneKindOfFailure() {
    DeviceQueue<FakeContext> queue = open(1, LONG);
    AssertionError error = new AssertionError("from Aparapi");
    assertThatThrownBy(
            () ->
                run(
                    queue,
                    context -> {
                      throw error;
                    }))
        .isInstanceOf(DeviceException.class)
        .hasMessage("a launch failed: java.lang.AssertionError: from Aparapi")
        .hasCause(error);
  }

  @Test
  void resultsThatCannotBeHandedOverFailTheirJobAndAnotherThreadGoesOn() {
    DeviceQueue<FakeContext> queue = open(1, LONG);
    IllegalStateException thrown = new IllegalStateException("at the results");
    DeviceQueue<FakeContext>.Job job =
        submit(
            queue,
            context -> {},
            () -> {
              throw thrown;
            });
    assertThatThrownBy(() -> job.await(Cancellation.NEVER))
        .isInstanceOf(DeviceException.class)
        .hasMessage("a launch failed: java.lang.IllegalStateException: at the results")
        .hasCause(thrown);
    run(queue, context -> context.jobs.incrementAndGet());
    assertThat(contexts).hasSize(2);
    assertThat(contexts.get(1).jobs).hasValue(1);
    assertThat(contexts.get(0).closed).isFalse();
  }

  @Test
  void aThreadThatFailsAtTidyingUpIsReplaced() {
    DeviceQueue<FakeContext> queue = open(1, LONG);
    run(queue, context -> context.failsAtTidying = true);
    eventually(() -> !contexts.get(0).owner.isAlive());
    run(queue, context -> context.jobs.incrementAndGet());
    assertThat(contexts).hasSize(2);
    assertThat(contexts.get(1).jobs).hasValue(1);
    assertThat(contexts.get(0).closed).isFalse();
    eventually(() -> launchThreads().size() == 1);
  }

  @Test
  void aContextThatCannotBeMadeFailsTheJobThatNeedsIt() {
    AtomicInteger attempts = new AtomicInteger();
    DeviceQueue<FakeContext> queue =
        new DeviceQueue<>(
            1,
            LONG,
            () -> {
              if (attempts.incrementAndGet() == 1) {
                throw new IllegalStateException("no context");
              }
              return new FakeContext();
            });
    queues.add(queue);
    assertThatThrownBy(() -> run(queue, context -> {}))
        .isInstanceOf(DeviceException.class)
        .hasMessage("a launch failed: java.lang.IllegalStateException: no context");
    run(queue, context -> context.jobs.incrementAndGet());
    assertThat(attempts).hasValue(2);
  }

  @Test
  void aThreadThatHangsBetweenJobsDoesNotHoldTheOthersUp() {
    DeviceQueue<FakeContext> queue = open(1, Duration.ofSeconds(1));
    CountDownLatch end = new CountDownLatch(1);
    run(queue, context -> context.hangsAtTidying = end);
    run(queue, context -> context.jobs.incrementAndGet());
    assertThat(contexts).hasSize(2);
    assertThat(contexts.get(1).jobs).hasValue(1);
    end.countDown();
    eventually(() -> !contexts.get(0).owner.isAlive());
    assertThat(contexts.get(0).closed).isFalse();
  }

  @Test
  void aJobThatNoThreadTakesFails() {
    DeviceQueue<FakeContext> queue = open(0, Duration.ofSeconds(1));
    assertThatThrownBy(() -> run(queue, context -> {}))
        .isInstanceOf(DeviceException.class)
        .hasMessage("no thread has taken a launch for 2 s");
    assertThat(queue.waiting()).isZero();
  }

  @Test
  void aCallerThatGivesUpWaitsNoLonger() {
    DeviceQueue<FakeContext> queue = open(1, LONG);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger results = new AtomicInteger();
    DeviceQueue<FakeContext>.Job running =
        submit(
            queue,
            context -> {
              begun.countDown();
              await(end);
            },
            results::incrementAndGet);
    DeviceQueue<FakeContext>.Job waiting =
        submit(queue, context -> results.incrementAndGet(), results::incrementAndGet);
    await(begun);
    for (DeviceQueue<FakeContext>.Job job : List.of(running, waiting)) {
      AtomicInteger asked = new AtomicInteger();
      assertThatThrownBy(() -> job.await(() -> asked.incrementAndGet() > 2))
          .isInstanceOf(PassCancelledException.class)
          .hasMessage("the forward pass was given up by its caller");
    }
    end.countDown();
    run(queue, context -> {});
    assertThat(results).hasValue(0);
    assertThat(contexts).hasSize(1);
  }

  @Test
  void aJobThatIsGivenUpNeverLooksAtItsArraysAndIsNoFailure() {
    DeviceQueue<FakeContext> queue = open(1, LONG);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger looks = new AtomicInteger();
    DeviceQueue<FakeContext>.Job job =
        queue.submit(
            (context, caller) -> {
              caller.read(looks::incrementAndGet);
              begun.countDown();
              await(end);
              caller.read(looks::incrementAndGet);
              return looks::incrementAndGet;
            });
    await(begun);
    job.cancel();
    end.countDown();
    run(queue, context -> {});
    assertThat(looks).hasValue(1);
    assertThat(contexts).hasSize(1);
  }

  @Test
  void aHungJobFailsItsCallerAndAnotherThreadGoesOn() {
    DeviceQueue<FakeContext> queue = open(1, Duration.ofSeconds(1));
    CountDownLatch end = new CountDownLatch(1);
    assertThatThrownBy(() -> run(queue, context -> await(end)))
        .isInstanceOf(DeviceException.class)
        .hasMessage("a launch has not ended after 1 s");
    AtomicReference<FakeContext> second = new AtomicReference<>();
    run(queue, second::set);
    FakeContext first = contexts.get(0);
    assertThat(second.get()).isNotSameAs(first);
    assertThat(first.owner.isAlive()).isTrue();
    // A job that ends after all leaves its thread as dead as one that fails.
    end.countDown();
    eventually(() -> !first.owner.isAlive());
    assertThat(first.closed).isFalse();
    assertThat(contexts).hasSize(2);
  }

  @Test
  void anInterruptWhileWaitingGivesThePlaceBack() throws InterruptedException {
    DeviceQueue<FakeContext> queue = open(1, LONG);
    CountDownLatch end = new CountDownLatch(1);
    Thread first = occupy(queue, end);
    AtomicInteger ran = new AtomicInteger();
    AtomicReference<String> thrown = new AtomicReference<>();
    Thread killed = start(() -> runKilled(queue, context -> ran.incrementAndGet(), thrown));
    eventually(() -> queue.waiting() == 1);
    killed.interrupt();
    killed.join();
    assertThat(thrown.get()).isEqualTo("interrupted while waiting for the OpenCL device, true");
    end.countDown();
    first.join();
    run(queue, context -> {});
    assertThat(ran).hasValue(0);
    assertThat(contexts).hasSize(1);
  }

  @Test
  void anInterruptWhileRunningLeavesTheThreadToTheNextJob() throws InterruptedException {
    DeviceQueue<FakeContext> queue = open(1, LONG);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    AtomicReference<String> thrown = new AtomicReference<>();
    Thread killed =
        start(
            () ->
                runKilled(
                    queue,
                    context -> {
                      begun.countDown();
                      await(end);
                    },
                    thrown));
    await(begun);
    killed.interrupt();
    killed.join();
    assertThat(thrown.get()).isEqualTo("interrupted while waiting for the OpenCL device, true");
    end.countDown();
    run(queue, context -> context.jobs.incrementAndGet());
    assertThat(contexts).hasSize(1);
    assertThat(contexts.get(0).jobs).hasValue(1);
  }

  @Test
  void aHungJobWhoseCallerWasKilledDoesNotHoldTheOthersUp() throws InterruptedException {
    DeviceQueue<FakeContext> queue = open(1, Duration.ofSeconds(1));
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread killed =
        start(
            () ->
                runKilled(
                    queue,
                    context -> {
                      begun.countDown();
                      hang(end);
                    },
                    new AtomicReference<>()));
    await(begun);
    killed.interrupt();
    killed.join();
    run(queue, context -> context.jobs.incrementAndGet());
    assertThat(contexts).hasSize(2);
    assertThat(contexts.get(1).jobs).hasValue(1);
    end.countDown();
  }

  @Test
  void aCallerCanDoOtherThingsWhileItsJobRuns() {
    DeviceQueue<FakeContext> queue = open(1, LONG);
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger results = new AtomicInteger();
    DeviceQueue<FakeContext>.Job first =
        submit(queue, context -> await(end), () -> results.addAndGet(1));
    DeviceQueue<FakeContext>.Job second = submit(queue, context -> {}, () -> results.addAndGet(2));
    end.countDown();
    first.await(Cancellation.NEVER);
    second.await(Cancellation.NEVER);
    assertThat(results).hasValue(3);
  }

  @Test
  void aCancelledJobGivesItsPlaceBackAndHandsNothingOver() {
    DeviceQueue<FakeContext> queue = open(1, LONG);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger results = new AtomicInteger();
    DeviceQueue<FakeContext>.Job running =
        submit(
            queue,
            context -> {
              begun.countDown();
              await(end);
            },
            results::incrementAndGet);
    DeviceQueue<FakeContext>.Job waiting =
        submit(queue, context -> results.incrementAndGet(), results::incrementAndGet);
    await(begun);
    running.cancel();
    waiting.cancel();
    assertThat(queue.waiting()).isZero();
    end.countDown();
    run(queue, context -> {});
    assertThat(results).hasValue(0);
    assertThat(contexts).hasSize(1);
    for (DeviceQueue<FakeContext>.Job job : List.of(running, waiting)) {
      assertThatThrownBy(() -> job.await(Cancellation.NEVER))
          .isInstanceOf(CancellationException.class)
          .hasMessage("the launch was cancelled");
    }
  }

  @Test
  void aHungJobThatEndsAfterAllHandsNothingOver() {
    DeviceQueue<FakeContext> queue = open(1, Duration.ofSeconds(1));
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger results = new AtomicInteger();
    DeviceQueue<FakeContext>.Job job =
        submit(queue, context -> hang(end), results::incrementAndGet);
    assertThatThrownBy(() -> job.await(Cancellation.NEVER))
        .hasMessage("a launch has not ended after 1 s");
    end.countDown();
    eventually(() -> !contexts.get(0).owner.isAlive());
    assertThat(results).hasValue(0);
  }

  private static void runKilled(
      DeviceQueue<FakeContext> queue, Consumer<FakeContext> work, AtomicReference<String> thrown) {
    try {
      run(queue, work);
    } catch (CancellationException e) {
      thrown.set(e.getMessage() + ", " + Thread.currentThread().isInterrupted());
    }
  }

  @Test
  void closingEndsAllThreadsAndFreesWhatTheyHave() {
    DeviceQueue<FakeContext> queue = open(4, LONG);
    CyclicBarrier allFour = new CyclicBarrier(4);
    Stream.generate(() -> submit(queue, context -> await(allFour), DeviceQueue.NO_RESULTS))
        .limit(4)
        .toList()
        .forEach(job -> job.await(Cancellation.NEVER));
    queue.close();
    eventually(() -> contexts.stream().allMatch(context -> context.closed));
    eventually(() -> launchThreads().isEmpty());
    assertThatThrownBy(() -> run(queue, context -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the OpenCL backend is closed");
  }

  @Test
  void closingLetsTheRunningJobEndAndRefusesTheWaitingOne() throws InterruptedException {
    DeviceQueue<FakeContext> queue = open(1, LONG);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger ended = new AtomicInteger();
    Thread running =
        start(
            () -> {
              run(
                  queue,
                  context -> {
                    begun.countDown();
                    await(end);
                  });
              ended.incrementAndGet();
            });
    await(begun);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread waiting =
        start(
            () -> {
              try {
                run(queue, context -> ended.incrementAndGet());
              } catch (IllegalStateException e) {
                thrown.set(e);
              }
            });
    eventually(() -> queue.waiting() == 1);
    queue.close();
    waiting.join();
    assertThat(thrown.get()).hasMessage("the OpenCL backend is closed");
    end.countDown();
    running.join();
    assertThat(ended).hasValue(1);
  }

  @Test
  void threadsTidyUpAlsoWhileThereIsNothingToDo() {
    run(open(1, LONG), context -> {});
    eventually(() -> contexts.size() == 1 && contexts.get(0).tidied.get() >= 3);
  }

  @Test
  void nothingIsLostOrDoubledUnderEightCallers() throws InterruptedException {
    DeviceQueue<FakeContext> queue = open(2, LONG);
    AtomicInteger[] runs = new AtomicInteger[8 * 1000];
    AtomicInteger failed = new AtomicInteger();
    AtomicInteger shared = new AtomicInteger();
    List<Thread> callers = new ArrayList<>();
    for (int c = 0; c < 8; c++) {
      int first = c * 1000;
      callers.add(
          start(
              () -> {
                for (int i = first; i < first + 1000; i++) {
                  AtomicInteger count = new AtomicInteger();
                  runs[i] = count;
                  // One in a hundred fails, and takes a thread with it.
                  boolean fails = i % 100 == 99;
                  try {
                    run(queue, context -> count(context, count, shared, fails));
                    assertThat(fails).isFalse();
                  } catch (DeviceException e) {
                    failed.incrementAndGet();
                  }
                  assertThat(count).hasValue(1);
                }
              }));
    }
    join(callers);
    assertThat(runs).allSatisfy(count -> assertThat(count).hasValue(1));
    assertThat(failed).hasValue(80);
    assertThat(shared).hasValue(0);
    assertThat(contexts.stream().mapToInt(context -> context.jobs.get()).sum()).isEqualTo(8000);
    eventually(() -> launchThreads().size() == 2);
  }

  private static void count(
      FakeContext context, AtomicInteger count, AtomicInteger shared, boolean fails) {
    if (context.users.incrementAndGet() != 1) {
      shared.incrementAndGet();
    }
    count.incrementAndGet();
    context.jobs.incrementAndGet();
    context.users.decrementAndGet();
    if (fails) {
      throw new DeviceException("one in a hundred", null);
    }
  }

  private static Thread start(Runnable task) {
    Thread thread = new Thread(task);
    thread.start();
    return thread;
  }

  private static void join(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits longer than any test may take. */
  private static void hang(CountDownLatch end) {
    try {
      end.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Keeps the queue's thread busy until the latch opens; returns when it is busy. */
  private static Thread occupy(DeviceQueue<FakeContext> queue, CountDownLatch end) {
    CountDownLatch busy = new CountDownLatch(1);
    Thread caller =
        start(
            () ->
                run(
                    queue,
                    context -> {
                      busy.countDown();
                      await(end);
                    }));
    await(busy);
    return caller;
  }

  private static void eventually(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("after 20 s").isLessThan(end);
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
