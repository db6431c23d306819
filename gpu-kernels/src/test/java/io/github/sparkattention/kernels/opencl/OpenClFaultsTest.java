package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aparapi.Kernel;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.PassCancelledException;
import io.github.sparkattention.kernels.PassReport;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.internal.device.LaunchSize;
import io.github.sparkattention.kernels.internal.device.ProgramData;
import io.github.sparkattention.kernels.internal.device.ProgramKernel;
import io.github.sparkattention.kernels.internal.device.ProgramKernels;
import io.github.sparkattention.kernels.internal.device.WorkGroup;
import io.github.sparkattention.kernels.internal.launches.DeviceBudget;
import io.github.sparkattention.kernels.internal.launches.DeviceMemoryException;
import io.github.sparkattention.kernels.internal.launches.LaunchHook;
import io.github.sparkattention.kernels.internal.launches.LaunchTraffic;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a device may do to us. Launches are made to fail through the {@link LaunchHook}. */
@Timeout(300)
class OpenClFaultsTest {
  private static final AttentionConfig CONFIG =
      AttentionConfig.builder(12, 20).numHeads(4).numKvHeads(2).outProjection(true).build();
  private static final AttentionWeights WEIGHTS = SeededWeights.attention(CONFIG, 42);
  private static final DeviceBudget AMPLE = new DeviceBudget(1 << 28, 1 << 29);

  private OpenClDevice device;

  @BeforeEach
  void findDevice() {
    device = RequiredDevice.get();
  }

  private OpenClBackend open(DeviceBudget budget, LaunchHook hook) {
    return open(RequiredDevice.SETTINGS, budget, hook);
  }

  private OpenClBackend open(OpenClSettings settings, DeviceBudget budget, LaunchHook hook) {
    return new OpenClBackend(
        device,
        DeviceListing.OF_JVM.await(RequiredDevice.SETTINGS.openTimeout()).handle(device),
        settings,
        budget,
        hook);
  }

  private static PackedSequences batch(int count, int longest) {
    Random random = new Random(7);
    float[][] sequences = new float[count][];
    for (int s = 0; s < count; s++) {
      sequences[s] = new float[(1 + random.nextInt(longest)) * CONFIG.dIn()];
      for (int i = 0; i < sequences[s].length; i++) {
        sequences[s][i] = (float) random.nextGaussian();
      }
    }
    return PackedSequences.pack(sequences, CONFIG.dIn());
  }

  private static float[] expected(PackedSequences batch) {
    try (ThreadsBackend threads = new ThreadsBackend(2)) {
      return run(threads.prepare(Program.attention(CONFIG), WEIGHTS.tensors()), batch);
    }
  }

  private static float[] run(Prepared layer, PackedSequences batch) {
    float[] context = new float[batch.total() * CONFIG.dOut()];
    layer.run(batch, context);
    return context;
  }

  @Test
  void aBatchOverTheBudgetIsSplitWithTheSameBits() {
    PackedSequences batch = batch(40, 30);
    float[] weights = new float[(int) Outputs.weightsLength(batch, CONFIG.numHeads())];
    float[] split = new float[weights.length];
    try (OpenClBackend ample = open(AMPLE, LaunchHook.NONE);
        OpenClBackend scarce = open(new DeviceBudget(1 << 16, 1 << 17), LaunchHook.NONE)) {
      float[] context = new float[batch.total() * CONFIG.dOut()];
      ample
          .prepare(Program.attention(CONFIG), WEIGHTS.tensors())
          .run(batch, Outputs.of(context, weights), Dropout.NONE);
      float[] parts = new float[context.length];
      scarce
          .prepare(Program.attention(CONFIG), WEIGHTS.tensors())
          .run(batch, Outputs.of(parts, split), Dropout.NONE);
      assertThat(ample.launches()).isEqualTo(1);
      assertThat(scarce.launches()).isGreaterThan(1);
      assertThat(parts).isEqualTo(context).isEqualTo(expected(batch));
      assertThat(split).isEqualTo(weights);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "16, 64, SMALL",
    "32, 64, SMALL",
    "64, 256, MEDIUM",
    "256, 16, SMALL",
    "256, 256, LARGE"
  })
  void aDeviceThatAllowsFewerWorkItemsGetsSmallerTilesWithTheSameBits(
      int allowed, int asked, WorkGroup expected) {
    OpenClDevice limited =
        new OpenClDevice(
            device.name(),
            device.type(),
            device.platform(),
            device.vendor(),
            device.globalMemory(),
            device.maxAllocation(),
            allowed,
            device.computeUnits());
    PackedSequences batch = batch(8, 200);
    AtomicReference<Class<?>> code = new AtomicReference<>();
    float[] weights = new float[(int) Outputs.weightsLength(batch, CONFIG.numHeads())];
    float[] expectedWeights = new float[weights.length];
    float[] context = new float[batch.total() * CONFIG.dOut()];
    float[] expectedContext = new float[context.length];
    try (OpenClBackend backend =
            new OpenClBackend(
                limited,
                DeviceListing.OF_JVM.await(RequiredDevice.SETTINGS.openTimeout()).handle(device),
                RequiredDevice.SETTINGS.withWorkGroup(asked),
                AMPLE,
                (launch, kernel) -> code.set(kernel.getClass()));
        ThreadsBackend threads = new ThreadsBackend(2)) {
      backend
          .prepare(Program.attention(CONFIG), WEIGHTS.tensors())
          .run(batch, Outputs.of(context, weights), Dropout.NONE);
      threads
          .prepare(Program.attention(CONFIG), WEIGHTS.tensors())
          .run(batch, Outputs.of(expectedContext, expectedWeights), Dropout.NONE);
    }
    assertThat(code.get()).isEqualTo(ProgramKernels.of(expected).getClass());
    assertThat(context).isEqualTo(expectedContext);
    assertThat(weights).isEqualTo(expectedWeights);
  }

  @Test
  void aDeviceThatAllowsTooFewWorkItemsForAnyTilesIsRefused() {
    OpenClDevice tiny =
        new OpenClDevice(
            device.name(), device.type(), "", "", 1L << 30, 1L << 28, 15, device.computeUnits());
    try (OpenClBackend backend =
        new OpenClBackend(
            tiny,
            DeviceListing.OF_JVM.await(RequiredDevice.SETTINGS.openTimeout()).handle(device),
            RequiredDevice.SETTINGS,
            AMPLE,
            LaunchHook.NONE)) {
      assertThatThrownBy(() -> backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors()))
          .isInstanceOf(DeviceException.class)
          .hasMessage(
              "the kernel needs work groups of 16 items with 12,672 bytes of local memory, and "
                  + device.name()
                  + " allows fewer");
    }
  }

  @Test
  void aLargeGpuHasTwoLaunchesAtOnceWithTheSameBits() {
    OpenClDevice large =
        new OpenClDevice(
            device.name(),
            OpenClDevice.Type.GPU,
            device.platform(),
            device.vendor(),
            12L << 30,
            device.maxAllocation(),
            device.maxWorkGroupSize(),
            device.computeUnits());
    PackedSequences batch = batch(20, 30);
    float[] expected = expected(batch);
    float[] first = new float[expected.length];
    float[] second = new float[expected.length];
    // Neither launch goes on before the other is there.
    CyclicBarrier both = new CyclicBarrier(2);
    LaunchHook meets = (launch, kernel) -> meet(both);
    try (OpenClBackend backend =
        new OpenClBackend(
            large,
            DeviceListing.OF_JVM.await(RequiredDevice.SETTINGS.openTimeout()).handle(device),
            RequiredDevice.SETTINGS.withConcurrentLaunches(OpenClSettings.BY_MEMORY),
            AMPLE,
            meets)) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      Pass one = layer.begin(batch, Outputs.of(first), Dropout.NONE, Cancellation.NEVER);
      Pass other = layer.begin(batch, Outputs.of(second), Dropout.NONE, Cancellation.NEVER);
      one.await();
      other.await();
      assertThat(backend.launches()).isEqualTo(2);
    }
    assertThat(first).isEqualTo(expected);
    assertThat(second).isEqualTo(expected);
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(100, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException("only one launch is on the device", e);
    }
  }

  @Test
  void layersThatDoNotFitTogetherTakeTurnsOnTheDevice() {
    PackedSequences batch = batch(20, 30);
    float[] expected = expected(batch);
    List<ProgramKernel> kernels = new ArrayList<>();
    LaunchHook keepsKernels = (launch, kernel) -> kernels.add(kernel);
    // The batch takes most of a launch's memory, so two layers that have run one are too many.
    ProgramData data = new ProgramData(Program.attention(CONFIG), WEIGHTS.tensors());
    long bytes = DeviceBudget.bytes(data, new LaunchSize(20, batch.total(), 30, 0)) * 5 / 4;
    try (OpenClBackend scarce = open(new DeviceBudget(1 << 28, bytes), keepsKernels);
        OpenClBackend ample = open(AMPLE, keepsKernels)) {
      for (OpenClBackend backend : List.of(scarce, ample)) {
        Prepared one = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
        Prepared other = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
        for (Prepared layer : List.of(one, other, other, one)) {
          assertThat(run(layer, batch)).isEqualTo(expected);
        }
      }
      assertThat(scarce.heldBytes()).isBetween(data.weightBytes(), bytes + bytes / 4);
      assertThat(ample.heldBytes()).isGreaterThan(bytes + bytes / 4);
    }
    assertThat(kernels).hasSize(8);
    assertThat(kernels.get(2)).isSameAs(kernels.get(1));
    assertThat(kernels.get(3)).isNotSameAs(kernels.get(0));
    assertThat(kernels.get(7)).isSameAs(kernels.get(4));
  }

  @Test
  void theBackendKnowsWhatItHoldsOnTheDevice() {
    PackedSequences batch = batch(40, 30);
    try (OpenClBackend backend = open(AMPLE, LaunchHook.NONE)) {
      assertThat(backend.heldBytes()).isZero();
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      long weights = backend.heldBytes();
      assertThat(weights).isGreaterThan(4L * 12 * (20 + 2 * 10) + 4L * 20 * 20);
      run(layer, batch);
      long launched = backend.heldBytes();
      assertThat(launched - weights).isGreaterThan(4L * batch.total() * (12 + 40 + 20 + 20));
      run(layer, batch);
      assertThat(backend.heldBytes()).isEqualTo(launched);
      layer.close();
      // Between two works at the latest a launch thread frees what no layer uses.
      backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      assertThat(backend.heldBytes()).isEqualTo(2 * weights);
    }
  }

  @Test
  void oneRowOverTheBudgetIsRefusedWithTheBytes() {
    PackedSequences batch =
        PackedSequences.pack(new float[][] {new float[12], new float[4000 * 12]}, 12);
    try (OpenClBackend backend = open(new DeviceBudget(100_000, 1_000_000), LaunchHook.NONE)) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      assertThatThrownBy(() -> run(layer, batch))
          .isInstanceOf(DeviceException.class)
          .hasMessage(
              "sequence 1 of the batch, of 4000 tokens, needs a buffer of 960,000 bytes, and the"
                  + " device allows 100,000; use backend 'auto' or 'threads'");
    }
  }

  @Test
  void outOfMemoryHalvesTheBatchAndCountsIt() {
    PackedSequences batch = batch(9, 20);
    LaunchHook failsTwice =
        (launch, kernel) -> {
          if (launch <= 2) {
            throw new DeviceMemoryException("injected", null);
          }
        };
    try (OpenClBackend backend = open(AMPLE, failsTwice)) {
      float[] context = new float[batch.total() * CONFIG.dOut()];
      PassReport report =
          backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors()).run(batch, context);
      assertThat(context).isEqualTo(expected(batch));
      // All nine, the first four, twice two, and the last five.
      assertThat(report.launches()).isEqualTo(5);
      assertThat(report.splits()).isEqualTo(2);
      assertThat(backend.splits()).isEqualTo(2);
      assertThat(backend.failures()).isZero();
    }
  }

  @Test
  void aPassReportsWhatItTookOnTheDevice() {
    PackedSequences batch = batch(9, 20);
    try (OpenClBackend backend = open(AMPLE, LaunchHook.NONE)) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      PassReport report = layer.run(batch, new float[batch.total() * CONFIG.dOut()]);
      assertThat(report.launches()).isEqualTo(1);
      assertThat(report.isSplit()).isFalse();
      assertThat(report.fallback()).isFalse();
      assertThat(report.computeNanos()).isPositive();
      long up = (long) batch.total() * CONFIG.dIn() * Float.BYTES;
      // Three passes, the sequences, which are short, and to which of them a query belongs.
      long blocks = (3 + 9L * ProgramKernel.BLOCK_INTS + batch.total()) * Integer.BYTES;
      assertThat(report.bytesUp()).isEqualTo(up + blocks);
      long down = (long) batch.total() * CONFIG.dOut() * Float.BYTES;
      assertThat(report.bytesDown()).isEqualTo(down);
    }
  }

  @Test
  void queriesOfShortSequencesFillGroupsTogether() {
    int most = ProgramKernel.SHORT;
    int[] lengths = {1, most, 0, most + 1, 130, 7, most + 1};
    float[][] sequences = new float[lengths.length][];
    for (int s = 0; s < lengths.length; s++) {
      sequences[s] = new float[lengths[s] * CONFIG.dIn()];
      Arrays.fill(sequences[s], s + 1f);
    }
    PackedSequences batch = PackedSequences.pack(sequences, CONFIG.dIn());
    AtomicReference<ProgramKernel> ran = new AtomicReference<>();
    try (OpenClBackend backend = open(AMPLE, (launch, kernel) -> ran.set(kernel))) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      assertThat(run(layer, batch)).isEqualTo(expected(batch));
    }
    // Tiles of 64 queries: one for each of two sequences, and three for that of 130 tokens.
    assertThat(ran.get().numBlocks).isEqualTo(5);
    assertThat(ran.get().numShortQueries).isEqualTo(1 + most + 7);
  }

  @Test
  void anOpenClErrorRetiresTheThreadAndTheNextLaunchRunsOnAnother() {
    PackedSequences batch = batch(5, 20);
    List<Thread> threads = new ArrayList<>();
    LaunchHook failsFirst =
        (launch, kernel) -> {
          threads.add(Thread.currentThread());
          if (launch == 1) {
            throw new AssertionError("injected");
          }
        };
    try (OpenClBackend backend = open(AMPLE, failsFirst)) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      assertThatThrownBy(() -> run(layer, batch))
          .isInstanceOf(DeviceException.class)
          .hasMessage("a launch failed: java.lang.AssertionError: injected");
      assertThat(run(layer, batch)).isEqualTo(expected(batch));
      assertThat(threads).hasSize(2).doesNotHaveDuplicates();
      assertThat(backend.failures()).isEqualTo(1);
    }
  }

  @Test
  void resultsThatCannotBeFetchedFailTheirBatchAndNotTheNext() {
    PackedSequences batch = batch(5, 20);
    AtomicInteger fetched = new AtomicInteger();
    LaunchHook failsFirst =
        new LaunchHook() {
          @Override
          public void before(long launch, ProgramKernel kernel) {}

          @Override
          public void fetched(LaunchTraffic traffic) {
            if (fetched.incrementAndGet() == 1) {
              throw new IllegalStateException("injected");
            }
          }
        };
    try (OpenClBackend backend = open(AMPLE, failsFirst)) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      assertThatThrownBy(() -> run(layer, batch))
          .isInstanceOf(DeviceException.class)
          .hasMessage("a launch failed: java.lang.IllegalStateException: injected");
      assertThat(run(layer, batch)).isEqualTo(expected(batch));
      assertThat(backend.failures()).isEqualTo(1);
    }
  }

  @Test
  void aPassThatIsGivenUpInFlightEndsBeforeItsLaunchDoesAndIsNoFailure() {
    PackedSequences batch = batch(3, 20);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (OpenClBackend backend = open(AMPLE, holdFirst(begun, end))) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      float[] abandoned = new float[batch.total() * CONFIG.dOut()];
      AtomicBoolean givenUp = new AtomicBoolean();
      Pass pass = layer.begin(batch, Outputs.of(abandoned), Dropout.NONE, givenUp::get);
      await(begun);
      givenUp.set(true);
      assertThatThrownBy(pass::await)
          .isInstanceOf(PassCancelledException.class)
          .hasMessage("the forward pass was given up by its caller");
      end.countDown();
      assertThat(run(layer, batch)).isEqualTo(expected(batch));
      assertThat(abandoned).containsOnly(0f);
      assertThat(backend.failures()).isZero();
    }
  }

  @Test
  void aLayerWhosePreparationWasInterruptedLeavesNothingOnTheDevice() throws Exception {
    try (OpenClBackend backend = open(AMPLE, LaunchHook.NONE)) {
      backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors()).close();
      for (int i = 0; i < 10; i++) {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors()))
            .isInstanceOf(PassCancelledException.class)
            .hasMessage("interrupted while waiting for the OpenCL device");
        assertThat(Thread.interrupted()).isTrue();
      }
      // Launch threads free now and then what no layer uses.
      while (backend.heldBytes() != 0) {
        Thread.sleep(10);
      }
    }
  }

  @Test
  void aLayerKnowsWhatItTakesOfHeapAndDevice() {
    PackedSequences batch = batch(40, 30);
    try (OpenClBackend backend = open(AMPLE, LaunchHook.NONE)) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      run(layer, batch);
      assertThat(layer.memory().heapBytes()).isEqualTo(4L * (13 * (20 + 2 * 10) + 21 * 20));
      assertThat(layer.memory().deviceBytes()).isEqualTo(backend.heldBytes());
    }
  }

  /** Looks at a launch while it runs. */
  private static final class PassWatch implements LaunchHook {
    private volatile ProgramKernel kernel;
    private volatile boolean running;

    @Override
    public void before(long launch, ProgramKernel launched) {
      kernel = launched;
      running = true;
    }

    @Override
    public void executed(ProgramKernel launched) {
      running = false;
    }

    /** Waits for a step of the launch that comes next or runs; false if it ended before. */
    boolean sees(int step) {
      while (!running) {
        Thread.onSpinWait();
      }
      while (running) {
        if (kernel.getCurrentPass() >= step) {
          return true;
        }
      }
      return false;
    }
  }

  @Test
  void aPassThatIsGivenUpEndsBetweenItsSteps() {
    int steps = 100;
    int width = 128;
    List<Integer> slots = new ArrayList<>(List.of(width));
    List<Step> projections = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      slots.add(width);
      Step.Map map = new Step.Map("map", width, false);
      projections.add(new Step.Project(i, i + 1, List.of(map), Step.NONE));
    }
    Program deep = new Program(slots, projections, List.of(new Output.Values(steps)), 0);
    float[] identity = new float[width * width];
    for (int i = 0; i < width; i++) {
      identity[i * width + i] = 1f;
    }
    Tensors tensors = Tensors.builder().matrix("map.weight", identity, width, width).build();
    float[] tokens = new float[3000 * width];
    Arrays.fill(tokens, 0.5f);
    PackedSequences batch = PackedSequences.pack(new float[][] {tokens}, width);
    PassWatch watch = new PassWatch();
    try (OpenClBackend backend = open(AMPLE, watch)) {
      Prepared prepared = backend.prepare(deep, tensors);
      float[] values = new float[tokens.length];
      Pass pass = prepared.begin(batch, Outputs.of(values), Dropout.NONE, Cancellation.NEVER);
      // A launch that ended unseen, since this thread had no core, is begun once more.
      while (!watch.sees(3)) {
        pass.await();
        Arrays.fill(values, 0f);
        pass = prepared.begin(batch, Outputs.of(values), Dropout.NONE, Cancellation.NEVER);
      }
      pass.cancel();
      int cancelledAt = watch.kernel.getCurrentPass();
      int last = cancelledAt;
      for (int now = last; now >= 0; now = watch.kernel.getCurrentPass()) {
        last = now;
      }
      assertThat(cancelledAt).isLessThan(steps - 1);
      assertThat(last).isLessThanOrEqualTo(cancelledAt + 1);
      assertThat(values).containsOnly(0f);
      prepared.run(batch, values);
      assertThat(values).isEqualTo(tokens);
      assertThat(backend.failures()).isZero();
    }
  }

  @Test
  void severalFailuresInARowGiveTheDeviceUp() {
    PackedSequences batch = batch(3, 20);
    try (OpenClBackend backend =
        open(
            AMPLE,
            (launch, kernel) -> {
              throw new IllegalStateException("injected");
            })) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> run(layer, batch)).hasMessageContaining("injected");
      }
      assertThatThrownBy(() -> run(layer, batch))
          .isInstanceOf(DeviceException.class)
          .hasMessage(device.name() + " was given up after 3 failures in a row");
      assertThat(backend.launches()).isEqualTo(3);
    }
  }

  @Test
  void aHungLaunchFailsItsTaskAndNotTheNext() {
    PackedSequences batch = batch(3, 20);
    CountDownLatch end = new CountDownLatch(1);
    LaunchHook hangsFirst =
        (launch, kernel) -> {
          if (launch == 1) {
            await(end);
          }
        };
    OpenClSettings impatient =
        new OpenClSettings(RequiredDevice.SETTINGS.deviceTypes(), null, 1, Duration.ofSeconds(1), 3)
            .withWorkGroup(RequiredDevice.SETTINGS.workGroup());
    try (OpenClBackend backend = open(impatient, AMPLE, hangsFirst)) {
      Prepared layer = warm(backend);
      assertThatThrownBy(() -> run(layer, batch))
          .isInstanceOf(DeviceException.class)
          .hasMessage("a launch has not ended after 1 s");
      assertThat(run(layer, batch)).isEqualTo(expected(batch));
    } finally {
      end.countDown();
    }
  }

  /** Prepares with all the time that a first compilation may take. */
  private static Prepared warm(OpenClBackend backend) {
    for (int attempt = 0; ; attempt++) {
      try {
        return backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      } catch (DeviceException e) {
        if (attempt == 1) {
          throw e;
        }
      }
    }
  }

  @Test
  @SuppressWarnings("deprecation") // Aparapi has no other way to choose its Java threads
  void whatAparapiRunsInJavaByItselfIsNeverAResult() {
    PackedSequences batch = batch(3, 20);
    LaunchHook leavesTheDevice =
        (launch, kernel) -> {
          if (launch == 1) {
            kernel.setExecutionModeWithoutFallback(Kernel.EXECUTION_MODE.JTP);
          }
        };
    try (OpenClBackend backend = open(AMPLE, leavesTheDevice)) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      assertThatThrownBy(() -> run(layer, batch)).isInstanceOf(DeviceException.class);
      assertThat(run(layer, batch)).isEqualTo(expected(batch));
    }
  }

  @Test
  void eightTasksShareOneDevice() {
    PackedSequences batch = batch(6, 40);
    float[] expected = expected(batch);
    try (OpenClBackend backend = open(AMPLE, LaunchHook.NONE)) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      List<CompletableFuture<float[]>> tasks = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        tasks.add(CompletableFuture.supplyAsync(() -> run(layer, batch), task -> start(task)));
      }
      tasks.forEach(task -> assertThat(task.join()).isEqualTo(expected));
    }
  }

  /** Keeps the first launch from ending until it may. */
  private static LaunchHook holdFirst(CountDownLatch begun, CountDownLatch end) {
    return (launch, kernel) -> {
      if (launch == 1) {
        begun.countDown();
        await(end);
      }
    };
  }

  @Test
  void aTaskKilledWhileItWaitsGivesItsPlaceBack() throws InterruptedException {
    PackedSequences batch = batch(3, 20);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (OpenClBackend backend = open(AMPLE, holdFirst(begun, end))) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      CompletableFuture<float[]> first =
          CompletableFuture.supplyAsync(() -> run(layer, batch), task -> start(task));
      await(begun);
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread second =
          new Thread(
              () -> {
                try {
                  run(layer, batch);
                } catch (CancellationException e) {
                  thrown.set(e);
                }
              });
      second.start();
      second.interrupt();
      second.join();
      assertThat(thrown.get()).hasMessage("interrupted while waiting for the OpenCL device");
      end.countDown();
      assertThat(first.join()).isEqualTo(expected(batch));
      assertThat(run(layer, batch)).isEqualTo(expected(batch));
      assertThat(backend.launches()).isEqualTo(3);
    }
  }

  @Test
  void aTaskKilledInFlightGivesTheKernelBackAndItsArraysAreLeftAlone() {
    PackedSequences batch = batch(3, 20);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (OpenClBackend backend = open(AMPLE, holdFirst(begun, end))) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      float[] abandoned = new float[batch.total() * CONFIG.dOut()];
      Pass pass = layer.begin(batch, Outputs.of(abandoned), Dropout.NONE, Cancellation.NEVER);
      await(begun);
      pass.cancel();
      end.countDown();
      assertThat(run(layer, batch)).isEqualTo(expected(batch));
      assertThat(abandoned).containsOnly(0f);
      assertThat(backend.failures()).isZero();
    }
  }

  @Test
  void theCallerOfALaunchIsFreeWhileItRuns() {
    PackedSequences first = batch(3, 20);
    PackedSequences second = batch(5, 30);
    CountDownLatch end = new CountDownLatch(1);
    try (OpenClBackend backend = open(AMPLE, (launch, kernel) -> await(end))) {
      Prepared layer = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
      assertThat(layer.isAsynchronous()).isTrue();
      float[] one = new float[first.total() * CONFIG.dOut()];
      float[] other = new float[second.total() * CONFIG.dOut()];
      Pass firstPass = layer.begin(first, Outputs.of(one), Dropout.NONE, Cancellation.NEVER);
      Pass secondPass = layer.begin(second, Outputs.of(other), Dropout.NONE, Cancellation.NEVER);
      // No launch ends before this line, so both calls have returned without one.
      end.countDown();
      assertThat(firstPass.await().launches()).isEqualTo(1);
      assertThat(secondPass.await().launches()).isEqualTo(1);
      assertThat(one).isEqualTo(expected(first));
      assertThat(other).isEqualTo(expected(second));
    }
  }

  private static void start(Runnable task) {
    new Thread(task).start();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
