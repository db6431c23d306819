package io.github.sparkattention.kernels.internal.device;

import io.github.sparkattention.kernels.contract.ContractMath;
import io.github.sparkattention.kernels.contract.ScoreParts;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The device code: Java that Aparapi translates to OpenCL. A launch runs a program: one pass for
 * each of its steps over the same work groups, so that activations never leave the device. A pass
 * looks its step up in a table. What has no tile of its own goes over all tokens in strides as wide
 * as the launch.
 *
 * <p>The order of operations is the numeric contract's. No product may be followed by an addition
 * but as an fma, since a device's compiler may contract the two; powers of two come from a table,
 * since Aparapi can't translate a cast of bits; nothing divides.
 *
 * <p>Aparapi writes each function before those that call it only where chains of calls are short.
 */
public class ProgramKernel extends LocalTiles {
  public static final int ACCUMULATORS = ContractMath.ACCUMULATORS;

  /**
   * In place of a left factor that isn't there, beside a right one of 0: their product is -0, the
   * only number that changes no sum. So multiply-adds can go two steps at a time.
   */
  static final float NO_FACTOR = -0f;

  /** Ints that describe a step in the table; what an operation has no use for is 0. */
  static final int STEP_INTS = 32;

  static final int OPERATION = 0;
  static final int FROM_SPACE = 1;
  static final int FROM_PLACE = 2;
  static final int FROM_WIDTH = 3;
  static final int TO_SPACE = 4;
  static final int TO_PLACE = 5;
  static final int TO_WIDTH = 6;
  static final int RESIDUAL_SPACE = 7;
  static final int RESIDUAL_PLACE = 8;
  static final int WEIGHTS = 9;
  static final int BIAS = 10;
  static final int HEAD_DIM = 11;
  static final int NUM_HEADS = 12;
  static final int KV_GROUP = 13;
  static final int KEY_COLUMN = 14;
  static final int VALUE_COLUMN = 15;
  static final int CAUSAL = 16;
  static final int WINDOW = 17;
  static final int LAYER = 18;
  static final int DROP_THRESHOLD = 19;

  /** Heads of the attention steps whose statistics and weights lie before this one's. */
  static final int HEADS_BEFORE = 20;

  /** In place of {@link #HEADS_BEFORE}: nobody can ask for the step's attention. */
  static final int NOT_TAPPED = -1;

  static final int GATE_SPACE = 21;
  static final int GATE_PLACE = 22;
  static final int ACTIVATION = 23;

  /** Where the rows of positions and those of types are among the weights. */
  static final int POSITION_TABLE = 24;

  static final int TYPE_TABLE = 25;

  /** In place of a table's beginning: there is none. */
  static final int NO_TABLE = -1;

  /** Whether a norm takes the mean away. */
  static final int CENTERS = 24;

  /** Floats per position of the rotations of other angles before these. */
  static final int ROTATION_PLACE = 24;

  static final int VOCABULARY = 24;
  static final int TOP = 25;
  static final int SEGMENTS = 26;

  /** Whether the last token of each sequence is scored, and not each token. */
  static final int LAST_TOKENS = 27;

  /** Floats per token and per sequence of the parts of other steps before this one's. */
  static final int PARTS_PER_TOKEN = 28;

  static final int PARTS_PER_SEQUENCE = 29;

  /** Floats that describe a step in their own table. */
  static final int STEP_FLOATS = 3;

  static final int QUERY_SCALE = 0;
  static final int CAP = 1;
  static final int KEPT_SCALE = 2;

  /** A norm's epsilon, and what makes a mean of a sum. */
  static final int EPSILON = 0;

  static final int INVERSE_WIDTH = 1;

  static final int PROJECT = 0;
  static final int ATTEND = 1;
  static final int WRITE_WEIGHTS = 2;
  static final int EMBED = 3;
  static final int NORMALIZE = 4;
  static final int ROTATE = 5;
  static final int SCORE = 6;

  static final int NO_ACTIVATION = 0;
  static final int GELU_TANH = 1;
  static final int GELU_ERF = 2;
  static final int SILU = 3;
  static final int RELU = 4;

  /** In place of an empty sequence's last token, and of a target where there is none. */
  public static final int NO_TOKEN = -1;

  /** In place of a block of queries: nothing is dropped. */
  static final int NO_BLOCK = -1;

  /** No slot. */
  static final int NOWHERE = 0;

  static final int IN_INPUT = 1;
  static final int IN_ACTIVATIONS = 2;
  static final int IN_RESULTS = 3;

  /**
   * Tokens of a short sequence at most. A tile of its queries would be filled to less than a half,
   * so each of them has an item of its own. The scores of the largest group's items have room in
   * local memory with no more keys.
   */
  public static final int SHORT = KEYS / 2;

  /** Ints that describe a block of queries, or a short sequence. */
  public static final int BLOCK_INTS = 6;

  public static final int BLOCK_TOKEN = 0;
  public static final int BLOCK_LENGTH = 1;

  /** The block's first query; of a short sequence, the queries of other short ones before it. */
  public static final int BLOCK_QUERY = 2;

  public static final int BLOCK_WEIGHTS = 3;
  public static final int BLOCK_KEY_LOW = 4;
  public static final int BLOCK_KEY_HIGH = 5;

  /** Floats that are kept of a query's softmax. */
  public static final int STATISTICS = 2;

  public static final int STATISTICS_MAXIMUM = 0;
  public static final int STATISTICS_TOTAL = 1;

  // Arrays on the device: of the program,
  public float[] weights = {0f};
  public float[] powers = powers();
  public int[] steps = {0};
  public float[] stepFloats = {0f};

  // and of the launch.
  public float[] input = {0f};
  public float[] activations = {0f};
  public float[] results = {0f};
  public float[] attentionWeights = {0f};
  public float[] statistics = {0f};

  /** What scoring steps keep of each row and each segment of a vocabulary, as ScoreParts has it. */
  public float[] parts = {0f};

  /** Cosines and sines, as Rotations has them: those of other angles, and then of these. */
  public float[] rotations = {0f};

  /**
   * The step of each pass; from {@link #firstBlock} on the blocks of queries, and then the short
   * sequences; from {@link #firstShortQuery} on where the sequence of each query of a short one is;
   * then what tokens have in place of values.
   */
  public int[] launch = {0};

  /** Literals of these are no OpenCL. */
  float notANumber = Float.NaN;

  float minusInfinity = Float.NEGATIVE_INFINITY;

  // Settings of the launch.
  public int numTokens;
  public int numSequences;

  /** Where the first token's id, type, position in its sequence, and target are. */
  public int firstId;

  public int firstType;
  public int firstPosition;
  public int firstTarget;

  /** Where the first sequence's last token is. */
  public int firstLastToken;

  /** Positions for which there are rotations. */
  public int rotationPositions;

  public int firstBlock;
  public int numBlocks;
  public int firstShortQuery;
  public int numShortQueries;
  public int drops;

  /** Attention weights of one head of all sequences. */
  public int weightsPerHead;

  /** Whether log-sum-exps or attention weights are wanted. */
  public int keepsStatistics;

  /** How often the device code ran in Java, which Aparapi falls back to without a word. */
  public static final AtomicInteger RUNS_IN_JAVA = new AtomicInteger();

  private static final float ROUNDING = 0x1.8p23f;

  /** Left out of the OpenCL text: whoever gets here runs in Java. */
  @NoCL
  private void tripwire() {
    RUNS_IN_JAVA.incrementAndGet();
    throw new IllegalStateException("the device code ran in Java");
  }

  private static float[] powers() {
    float[] powers = new float[127];
    for (int n = 0; n < powers.length; n++) {
      powers[n] = (float) Math.pow(2, -n);
    }
    return powers;
  }

  @Override
  public void run() {
    tripwire();
    int step = launch[getPassId()] * STEP_INTS;
    int operation = steps[step + OPERATION];
    if (operation == PROJECT) {
      multiply(step);
    } else if ((operation == ATTEND || operation == WRITE_WEIGHTS)
        && getGroupId() >= numBlocks * steps[step + NUM_HEADS]) {
      // One call for both, and nothing that waits before it: PoCL would copy it for each way here.
      attendShort(step, operation);
    } else if (operation == ATTEND) {
      attend(step);
    } else if (operation == WRITE_WEIGHTS) {
      writeWeights(step);
    } else if (operation == EMBED) {
      embed(step);
    } else if (operation == NORMALIZE) {
      normalize(step);
    } else if (operation == ROTATE) {
      rotate(step);
    } else {
      scoreIds(step);
    }
  }

  /** A value of a slot; the slot's space is the same for all items. */
  private float load(int space, int at) {
    float value = 0f;
    if (space == IN_ACTIVATIONS) {
      value = activations[at];
    } else if (space == IN_INPUT) {
      value = input[at];
    } else {
      value = results[at];
    }
    return value;
  }

  private void store(int space, int at, float value) {
    if (space == IN_ACTIVATIONS) {
      activations[at] = value;
    } else {
      results[at] = value;
    }
  }

  /** to = activation(from · weights + bias) · gate + residual; tile by tile. */
  private void multiply(int step) {
    int item = getLocalId();
    int depth = steps[step + FROM_WIDTH];
    int width = steps[step + TO_WIDTH];
    int across = (width + tile() - 1) / tile();
    int row0 = getGroupId() / across * tile();
    int col0 = getGroupId() % across * tile();
    if (row0 < numTokens) {
      int fromSpace = steps[step + FROM_SPACE];
      int from = steps[step + FROM_PLACE] * numTokens;
      int w = steps[step + WEIGHTS];
      int bias = steps[step + BIAS];
      float[] left = new float[2 * RESULTS];
      float[] right = new float[2 * RESULTS];
      float[] sum = new float[RESULTS * RESULTS];
      float[] parked = new float[RESULTS * RESULTS];
      for (int i = 0; i < RESULTS; i++) {
        for (int j = 0; j < RESULTS; j++) {
          int col = col0 + columnOf(item, j);
          sum[i * RESULTS + j] = col < width ? weights[bias + col] : 0f;
        }
      }
      for (int k0 = 0; k0 < depth; k0 += DEPTH) {
        for (int e = item; e < DEPTH * halfTile(); e += group()) {
          int row = row0 + e / DEPTH;
          int next = row + halfTile();
          int k = k0 + e % DEPTH;
          tileA[leftAt(e % DEPTH, e / DEPTH)] =
              pair(
                  row < numTokens && k < depth
                      ? load(fromSpace, from + row * depth + k)
                      : NO_FACTOR,
                  next < numTokens && k < depth
                      ? load(fromSpace, from + next * depth + k)
                      : NO_FACTOR);
          int col = col0 + e % halfTile();
          next = col + halfTile();
          k = k0 + e / halfTile();
          tileB[rightAt(e / halfTile(), e % halfTile())] =
              pair(
                  col < width && k < depth ? weights[w + k * width + col] : 0f,
                  next < width && k < depth ? weights[w + k * width + next] : 0f);
        }
        localBarrier();
        int count = min(DEPTH, depth - k0);
        for (int k = 0; k < count; k += 2) {
          for (int i = 0; i < PAIRS; i++) {
            vstore2(asFloat2(tileA[leftAt(k, rowOf(item, 2 * i))]), i, left);
            vstore2(asFloat2(tileA[leftAt(k + 1, rowOf(item, 2 * i))]), PAIRS + i, left);
            vstore2(asFloat2(tileB[rightAt(k, columnOf(item, 2 * i))]), i, right);
            vstore2(asFloat2(tileB[rightAt(k + 1, columnOf(item, 2 * i))]), PAIRS + i, right);
          }
          for (int i = 0; i < RESULTS; i++) {
            for (int j = 0; j < RESULTS; j++) {
              float one = fma(left[i], right[j], sum[i * RESULTS + j]);
              sum[i * RESULTS + j] = fma(left[RESULTS + i], right[RESULTS + j], one);
            }
          }
        }
        localBarrier();
      }
      int toSpace = steps[step + TO_SPACE];
      int to = steps[step + TO_PLACE] * numTokens;
      int activation = steps[step + ACTIVATION];
      int gateSpace = steps[step + GATE_SPACE];
      int gate = steps[step + GATE_PLACE] * numTokens;
      int residualSpace = steps[step + RESIDUAL_SPACE];
      int residual = steps[step + RESIDUAL_PLACE] * numTokens;
      // A sum in a register can't be looked up by a number that compilers don't know; and what
      // finishes a sum is there once and not for each of them.
      for (int i = 0; i < RESULTS; i++) {
        for (int j = 0; j < RESULTS; j++) {
          parked[i * RESULTS + j] = sum[i * RESULTS + j];
        }
      }
      for (int i = 0; i < RESULTS; i++) {
        int row = row0 + rowOf(item, i);
        for (int j = 0; j < RESULTS; j++) {
          int col = col0 + columnOf(item, j);
          if (row < numTokens && col < width) {
            float value = activate(activation, parked[i * RESULTS + j]);
            if (gateSpace != NOWHERE) {
              value = fma(value, load(gateSpace, gate + row * width + col), 0f);
            }
            if (residualSpace != NOWHERE) {
              value = value + load(residualSpace, residual + row * width + col);
            }
            store(toSpace, to + row * width + col, value);
          }
        }
      }
    }
  }

  /** The rows of a token's id, position and type, added in this order. */
  private void embed(int step) {
    int width = steps[step + TO_WIDTH];
    int toSpace = steps[step + TO_SPACE];
    int to = steps[step + TO_PLACE] * numTokens;
    int table = steps[step + WEIGHTS];
    int positions = steps[step + POSITION_TABLE];
    int types = steps[step + TYPE_TABLE];
    for (int e = getGlobalId(); e < numTokens * width; e += getGlobalSize()) {
      int token = e / width;
      int column = e % width;
      float value = weights[table + launch[firstId + token] * width + column];
      if (positions != NO_TABLE) {
        value = value + weights[positions + launch[firstPosition + token] * width + column];
      }
      if (types != NO_TABLE) {
        value = value + weights[types + launch[firstType + token] * width + column];
      }
      store(toSpace, to + e, value);
    }
  }

  /** A norm; an item has one accumulator of a token, and a group so many tokens at a time. */
  private void normalize(int step) {
    int width = steps[step + FROM_WIDTH];
    int fromSpace = steps[step + FROM_SPACE];
    int toSpace = steps[step + TO_SPACE];
    int gain = steps[step + WEIGHTS];
    int shift = steps[step + BIAS];
    float epsilon = stepFloats[step / STEP_INTS * STEP_FLOATS + EPSILON];
    float inverse = stepFloats[step / STEP_INTS * STEP_FLOATS + INVERSE_WIDTH];
    int item = getLocalId();
    int lane = item % ACCUMULATORS;
    int rows = group() / ACCUMULATORS;
    for (int row0 = getGroupId() * rows; row0 < numTokens; row0 += getNumGroups() * rows) {
      int row = row0 + item / ACCUMULATORS;
      int from = steps[step + FROM_PLACE] * numTokens + row * width;
      int to = steps[step + TO_PLACE] * numTokens + row * width;
      // All items go through the barriers, those without a token included.
      int end = row < numTokens ? width : 0;
      float mean = 0f;
      if (steps[step + CENTERS] != 0) {
        float sum = 0f;
        for (int j = lane; j < end; j += ACCUMULATORS) {
          sum = sum + load(fromSpace, from + j);
        }
        mean = fma(joined(sum), inverse, 0f);
      }
      float squares = 0f;
      for (int j = lane; j < end; j += ACCUMULATORS) {
        float deviation = load(fromSpace, from + j) - mean;
        squares = fma(deviation, deviation, squares);
      }
      float factor = inverseRoot(fma(joined(squares), inverse, epsilon));
      for (int j = lane; j < end; j += ACCUMULATORS) {
        float normal = (load(fromSpace, from + j) - mean) * factor;
        store(toSpace, to + j, fma(normal, weights[gain + j], weights[shift + j]));
      }
    }
  }

  /** As ContractMath.join: the sum of the accumulators that neighbouring items hold. */
  private float joined(float accumulator) {
    int item = getLocalId();
    int lane = item % ACCUMULATORS;
    tileA[item] = pair(accumulator, 0f);
    localBarrier();
    for (int apart = ACCUMULATORS >> 1; apart > 0; apart = apart >> 1) {
      if (lane < apart) {
        tileA[item] = pair(ofPair(tileA[item], 0) + ofPair(tileA[item + apart], 0), 0f);
      }
      localBarrier();
    }
    float sum = ofPair(tileA[item - lane], 0);
    localBarrier();
    return sum;
  }

  /** Turns pairs of values in their place. */
  private void rotate(int step) {
    int space = steps[step + TO_SPACE];
    int width = steps[step + TO_WIDTH];
    int headDim = steps[step + HEAD_DIM];
    int pairs = headDim >> 1;
    int turned = steps[step + NUM_HEADS] * pairs;
    int angles = steps[step + ROTATION_PLACE] * rotationPositions;
    int slot = steps[step + TO_PLACE] * numTokens;
    for (int e = getGlobalId(); e < numTokens * turned; e += getGlobalSize()) {
      int token = e / turned;
      int pair = e % pairs;
      int angle = angles + launch[firstPosition + token] * headDim + pair;
      float cosine = rotations[angle];
      float sine = rotations[angle + pairs];
      int at = slot + token * width + e % turned / pairs * headDim + pair;
      float a = load(space, at);
      float b = load(space, at + pairs);
      store(space, at, fma(a, cosine, -(b * sine)));
      store(space, at + pairs, fma(b, cosine, a * sine));
    }
  }

  /** One tile of scored rows over one segment of the vocabulary, with a running softmax. */
  private void scoreIds(int step) {
    int segments = steps[step + SEGMENTS];
    int rows = steps[step + LAST_TOKENS] != 0 ? numSequences : numTokens;
    int row0 = getGroupId() / segments * tile();
    if (row0 < rows) {
      int segment = getGroupId() % segments;
      int count = min(tile(), rows - row0);
      int top = steps[step + TOP];
      int rowWidth = segments * (ScoreParts.TOP + 2 * top);
      int part =
          steps[step + PARTS_PER_TOKEN] * numTokens
              + steps[step + PARTS_PER_SEQUENCE] * numSequences
              + row0 * rowWidth
              + segment * (ScoreParts.TOP + 2 * top);
      int item = getLocalId();
      for (int r = item; r < tile(); r += group()) {
        maximum[r] = ContractMath.NO_MAXIMUM;
        total[r] = 0f;
        if (r < count) {
          int at = part + r * rowWidth + ScoreParts.TOP;
          for (int i = 0; i < top; i++) {
            parts[at + i] = minusInfinity;
            parts[at + top + i] = ScoreParts.NO_ID;
          }
        }
      }
      int first = segment * ContractMath.SEGMENT;
      int end = min(steps[step + VOCABULARY], first + ContractMath.SEGMENT);
      for (int id = first; id < end; id += KEYS) {
        int numIds = min(KEYS, end - id);
        multiplyIds(step, row0, count, id, numIds);
        offer(step, row0, count, id, numIds, part, rowWidth);
        weigh(step, NO_BLOCK, 0, end, 0, count, id, numIds, 0, 0);
      }
      for (int r = item; r < count; r += group()) {
        parts[part + r * rowWidth + ScoreParts.MAXIMUM] = maximum[r];
        parts[part + r * rowWidth + ScoreParts.TOTAL] = total[r];
      }
    }
  }

  /** The token of a scored row, or NO_TOKEN. */
  private int scoredToken(int step, int row) {
    int token = row;
    if (steps[step + LAST_TOKENS] != 0) {
      token = launch[firstLastToken + row];
    }
    return token;
  }

  /** A value of a scored row; a row that isn't there, or has no token, has none. */
  private float loadScored(int step, int row0, int r, int end, int column) {
    float value = NO_FACTOR;
    if (r < end) {
      int token = scoredToken(step, row0 + r);
      if (token != NO_TOKEN) {
        int from = steps[step + FROM_PLACE] * numTokens;
        value = load(steps[step + FROM_SPACE], from + token * steps[step + FROM_WIDTH] + column);
      }
    }
    return value;
  }

  /** scores[r][j] = row · table row, in base two; rows without a token score 0. */
  private void multiplyIds(int step, int row0, int count, int id, int numIds) {
    int item = getLocalId();
    int width = steps[step + FROM_WIDTH];
    int table = steps[step + WEIGHTS] + id * width;
    float[] left = new float[2 * RESULTS];
    float[] right = new float[2 * MOST_KEYS];
    float[] sum = new float[MOST_SCORES];
    for (int i = 0; i < itemScores(); i++) {
      sum[i] = 0f;
    }
    for (int k0 = 0; k0 < width; k0 += DEPTH) {
      for (int e = item; e < DEPTH * halfTile(); e += group()) {
        int r = e / DEPTH;
        int k = e % DEPTH;
        int column = k0 + k;
        int end = column < width ? count : 0;
        tileA[leftAt(k, r)] =
            pair(
                loadScored(step, row0, r, end, column),
                loadScored(step, row0, r + halfTile(), end, column));
      }
      for (int e = item; e < DEPTH * (KEYS / 2); e += group()) {
        int r = e / DEPTH * 2;
        int k = e % DEPTH;
        int at = table + r * width + k0 + k;
        int end = k0 + k < width ? numIds : 0;
        tileB[keyAt(k, r)] =
            pair(r < end ? weights[at] : 0f, r + 1 < end ? weights[at + width] : 0f);
      }
      localBarrier();
      int depth = min(DEPTH, width - k0);
      for (int k = 0; k < depth; k += scoreSteps()) {
        for (int u = 0; u < scoreSteps(); u++) {
          for (int i = 0; i < itemQueries(); i += 2) {
            int at = u * itemQueries() + i;
            vstore2(asFloat2(tileA[leftAt(k + u, queryOf(item, i))]), at / 2, left);
          }
          for (int j = 0; j < itemKeys(); j += 2) {
            int at = u * itemKeys() + j;
            vstore2(asFloat2(tileB[keyAt(k + u, keyOf(item, j))]), at / 2, right);
          }
        }
        for (int i = 0; i < itemQueries(); i++) {
          for (int j = 0; j < itemKeys(); j++) {
            float s = sum[i * itemKeys() + j];
            for (int u = 0; u < scoreSteps(); u++) {
              s = fma(left[u * itemQueries() + i], right[u * itemKeys() + j], s);
            }
            sum[i * itemKeys() + j] = s;
          }
        }
      }
      localBarrier();
    }
    for (int i = 0; i < itemQueries(); i++) {
      for (int j = 0; j < itemKeys(); j += 2) {
        int at = i * itemKeys() + j;
        scores[scoreAt(queryOf(item, i), keyOf(item, j))] =
            pair(fma(sum[at], ContractMath.LOG2_E, 0f), fma(sum[at + 1], ContractMath.LOG2_E, 0f));
      }
    }
    localBarrier();
  }

  /** A row's score of a key. */
  private float scoreOf(int row, int key) {
    return ofPair(scores[scoreAt(row, key)], key % 2);
  }

  /** As ScoreParts.offer for each score of a block, and the target's score if it is there. */
  private void offer(int step, int row0, int count, int id, int numIds, int part, int rowWidth) {
    int top = steps[step + TOP];
    for (int r = getLocalId(); r < count; r += group()) {
      int at = part + r * rowWidth + ScoreParts.TOP;
      int token = scoredToken(step, row0 + r);
      int target = token == NO_TOKEN ? NO_TOKEN : launch[firstTarget + token];
      if (target >= id && target < id + numIds) {
        parts[part + r * rowWidth + ScoreParts.TARGET] = scoreOf(r, target - id);
      }
      if (top > 0) {
        float least = parts[at + top - 1];
        for (int j = 0; j < numIds; j++) {
          float score = scoreOf(r, j);
          if (score > least) {
            int i = top - 1;
            while (i > 0 && score > parts[at + i - 1]) {
              parts[at + i] = parts[at + i - 1];
              parts[at + top + i] = parts[at + top + i - 1];
              i = i - 1;
            }
            parts[at + i] = score;
            parts[at + top + i] = (float) (id + j);
            least = parts[at + top - 1];
          }
        }
      }
    }
  }

  /**
   * One block of queries of one head, over the keys that they see, with a running softmax: block by
   * block of keys, context = context · rescale + weights · values. An item keeps the sums of its
   * part of the contexts all the while: in registers where values are added, and parked where
   * scores need these. Heads that are wider than a tile have several parts, which take turns there,
   * and wait in the contexts' slot.
   */
  private void attend(int step) {
    int group = getGroupId();
    int numHeads = steps[step + NUM_HEADS];
    if (group < numBlocks * numHeads) {
      int block = firstBlock + group / numHeads * BLOCK_INTS;
      int head = group % numHeads;
      int item = getLocalId();
      int token = launch[block + BLOCK_TOKEN];
      int length = launch[block + BLOCK_LENGTH];
      int query = launch[block + BLOCK_QUERY];
      int causal = steps[step + CAUSAL];
      int window = steps[step + WINDOW];
      int count = min(tile(), length - query);
      int space = steps[step + FROM_SPACE];
      int columns = steps[step + FROM_WIDTH];
      int headDim = steps[step + HEAD_DIM];
      int valueColumn = steps[step + VALUE_COLUMN] + head / steps[step + KV_GROUP] * headDim;
      int values = steps[step + FROM_PLACE] * numTokens + token * columns + valueColumn;
      int toSpace = steps[step + TO_SPACE];
      int width = steps[step + TO_WIDTH];
      int to = steps[step + TO_PLACE] * numTokens + (token + query) * width + head * headDim;
      for (int r = item; r < tile(); r += group()) {
        maximum[r] = ContractMath.NO_MAXIMUM;
        total[r] = 0f;
      }
      float[] left = new float[2 * RESULTS];
      float[] right = new float[2 * RESULTS];
      float[] sum = new float[RESULTS * RESULTS];
      float[] parked = new float[RESULTS * RESULTS];
      for (int i = 0; i < RESULTS * RESULTS; i++) {
        parked[i] = 0f;
      }
      int end = endKey(query + count - 1, length, causal, window);
      int first = firstKey(query, window) / KEYS * KEYS;
      for (int key = first; key < end; key += KEYS) {
        int numKeys = min(KEYS, end - key);
        score(step, token, query, count, key, numKeys, head);
        weigh(step, block, head, length, query, count, key, numKeys, causal, window);
        for (int d0 = 0; d0 < headDim; d0 += tile()) {
          if (headDim > tile()) {
            for (int i = 0; i < RESULTS; i++) {
              int r = rowOf(item, i);
              for (int j = 0; j < RESULTS; j++) {
                int d = d0 + columnOf(item, j);
                float before = 0f;
                if (key > first && r < count && d < headDim) {
                  before = load(toSpace, to + r * width + d);
                }
                parked[i * RESULTS + j] = before;
              }
            }
          }
          for (int i = 0; i < RESULTS; i++) {
            float factor = rescale[rowOf(item, i)];
            for (int j = 0; j < RESULTS; j++) {
              sum[i * RESULTS + j] = parked[i * RESULTS + j] * factor;
            }
          }
          for (int j0 = 0; j0 < numKeys; j0 += DEPTH) {
            for (int e = item; e < DEPTH * halfTile(); e += group()) {
              int j = e / halfTile();
              int d = e % halfTile();
              int at = values + (key + j0 + j) * columns + d0 + d;
              int rest = j0 + j < numKeys ? headDim - d0 - d : 0;
              tileB[rightAt(j, d)] =
                  pair(
                      rest > 0 ? load(space, at) : 0f,
                      rest > halfTile() ? load(space, at + halfTile()) : 0f);
            }
            localBarrier();
            int depth = min(DEPTH, numKeys - j0);
            for (int j = 0; j < depth; j += 2) {
              for (int i = 0; i < RESULTS; i++) {
                vstore2(asFloat2(scores[scoreAt(rowOf(item, i), j0 + j)]), i, left);
              }
              for (int c = 0; c < PAIRS; c++) {
                vstore2(asFloat2(tileB[rightAt(j, columnOf(item, 2 * c))]), c, right);
                vstore2(asFloat2(tileB[rightAt(j + 1, columnOf(item, 2 * c))]), PAIRS + c, right);
              }
              for (int i = 0; i < RESULTS; i++) {
                for (int c = 0; c < RESULTS; c++) {
                  float one = fma(left[2 * i], right[c], sum[i * RESULTS + c]);
                  sum[i * RESULTS + c] = fma(left[2 * i + 1], right[RESULTS + c], one);
                }
              }
            }
            localBarrier();
          }
          for (int i = 0; i < RESULTS; i++) {
            for (int j = 0; j < RESULTS; j++) {
              parked[i * RESULTS + j] = sum[i * RESULTS + j];
            }
          }
          if (headDim > tile()) {
            for (int i = 0; i < RESULTS; i++) {
              int r = rowOf(item, i);
              for (int j = 0; j < RESULTS; j++) {
                int d = d0 + columnOf(item, j);
                if (r < count && d < headDim) {
                  store(toSpace, to + r * width + d, parked[i * RESULTS + j]);
                }
              }
            }
          }
        }
      }
      finish(step, token + query, count, head);
      for (int d0 = 0; d0 < headDim; d0 += tile()) {
        for (int i = 0; i < RESULTS; i++) {
          int r = rowOf(item, i);
          for (int j = 0; j < RESULTS; j++) {
            int d = d0 + columnOf(item, j);
            if (r < count && d < headDim) {
              int at = to + r * width + d;
              float context = parked[i * RESULTS + j];
              if (headDim > tile()) {
                context = load(toSpace, at);
              }
              store(toSpace, at, fma(context, total[r], 0f));
            }
          }
        }
      }
    }
  }

  /**
   * One head of the queries of short sequences, each with all its keys by one item, which waits for
   * no other. Writes contexts, or else attention weights. Its groups follow those of the blocks.
   */
  private void attendShort(int step, int operation) {
    int item = getLocalId();
    int numHeads = steps[step + NUM_HEADS];
    int group = getGroupId() - numBlocks * numHeads;
    int head = group % numHeads;
    int index = group / numHeads * group() + item;
    if (index < numShortQueries) {
      int sequence = launch[firstShortQuery + index];
      int token = launch[sequence + BLOCK_TOKEN];
      int length = launch[sequence + BLOCK_LENGTH];
      int query = index - launch[sequence + BLOCK_QUERY];
      int window = steps[step + WINDOW];
      int first = firstKey(query, window);
      int end = endKey(query, length, steps[step + CAUSAL], window);
      // Pairs are whole: a score before the first key or behind the last is nobody's.
      int from = first / 2 * 2;
      scoreShort(step, token, query, from, end, head);
      float largest = ContractMath.NO_MAXIMUM;
      for (int key = from; key < end; key += 2) {
        largest = largest(scores[shortScoreAt(item, key)], largest, first - key, end - key);
      }
      float sum = 0f;
      for (int key = from; key < end; key += 2) {
        long pair = scores[shortScoreAt(item, key)];
        pair = weightsOf(pair, largest, first - key, end - key);
        sum = sum + ofPair(pair, 0) + ofPair(pair, 1);
        if (drops != 0) {
          pair = drop(step, sequence, head, query, key, pair);
        }
        scores[shortScoreAt(item, key)] = pair;
      }
      float normalizer = normalizer(step, sum);
      if (operation == WRITE_WEIGHTS) {
        int before = steps[step + HEADS_BEFORE] * weightsPerHead;
        int row = before + launch[sequence + BLOCK_WEIGHTS] * numHeads;
        row = row + (head * length + query) * length;
        for (int key = 0; key < length; key++) {
          float weight = 0f;
          if (key >= first && key < end) {
            weight = fma(shortScore(item, key), normalizer, 0f);
          }
          attentionWeights[row + key] = weight;
        }
      } else {
        if (keepsStatistics != 0 && steps[step + HEADS_BEFORE] != NOT_TAPPED) {
          int at = statistic(step, token + query, head);
          statistics[at + STATISTICS_MAXIMUM] = largest;
          statistics[at + STATISTICS_TOTAL] = sum;
        }
        addShortValues(step, token, query, first, end, head, normalizer);
      }
    }
  }

  private float shortScore(int item, int key) {
    return ofPair(scores[shortScoreAt(item, key)], key % 2);
  }

  /** As {@link #score}, for an item's own query: several keys at a time, dimension by dimension. */
  private void scoreShort(int step, int token, int query, int first, int end, int head) {
    int item = getLocalId();
    int space = steps[step + FROM_SPACE];
    int columns = steps[step + FROM_WIDTH];
    int headDim = steps[step + HEAD_DIM];
    int row = steps[step + FROM_PLACE] * numTokens + token * columns;
    int queries = row + query * columns + head * headDim;
    int keys = row + steps[step + KEY_COLUMN] + head / steps[step + KV_GROUP] * headDim;
    float queryScale = stepFloats[step / STEP_INTS * STEP_FLOATS + QUERY_SCALE];
    float cap = stepFloats[step / STEP_INTS * STEP_FLOATS + CAP];
    float[] sum = new float[RESULTS];
    for (int key = first; key < end; key += RESULTS) {
      for (int i = 0; i < RESULTS; i++) {
        sum[i] = 0f;
      }
      for (int d = 0; d < headDim; d++) {
        float left = load(space, queries + d) * queryScale;
        for (int i = 0; i < RESULTS; i++) {
          // Beyond the last key the last one again, whose sums nobody takes.
          sum[i] = fma(left, load(space, keys + min(key + i, end - 1) * columns + d), sum[i]);
        }
      }
      for (int i = 0; i < RESULTS; i += 2) {
        if (key + i < end) {
          scores[shortScoreAt(item, key + i)] = pair(sum[i], sum[i + 1]);
        }
      }
    }
    if (cap > 0f) {
      for (int key = first; key < end; key += 2) {
        long pair = scores[shortScoreAt(item, key)];
        scores[shortScoreAt(item, key)] =
            pair(softcap(ofPair(pair, 0), cap), softcap(ofPair(pair, 1), cap));
      }
    }
  }

  /** The context of an item's own query: several values at a time, key by key. */
  private void addShortValues(
      int step, int token, int query, int first, int end, int head, float normalizer) {
    int item = getLocalId();
    int space = steps[step + FROM_SPACE];
    int columns = steps[step + FROM_WIDTH];
    int headDim = steps[step + HEAD_DIM];
    int valueColumn = steps[step + VALUE_COLUMN] + head / steps[step + KV_GROUP] * headDim;
    int values = steps[step + FROM_PLACE] * numTokens + token * columns + valueColumn;
    int toSpace = steps[step + TO_SPACE];
    int width = steps[step + TO_WIDTH];
    int to = steps[step + TO_PLACE] * numTokens + (token + query) * width + head * headDim;
    float[] sum = new float[RESULTS];
    for (int d0 = 0; d0 < headDim; d0 += RESULTS) {
      for (int i = 0; i < RESULTS; i++) {
        sum[i] = 0f;
      }
      for (int key = first; key < end; key++) {
        float weight = shortScore(item, key);
        for (int i = 0; i < RESULTS; i++) {
          int d = min(d0 + i, headDim - 1);
          sum[i] = fma(weight, load(space, values + key * columns + d), sum[i]);
        }
      }
      for (int i = 0; i < RESULTS; i++) {
        if (d0 + i < headDim) {
          store(toSpace, to + d0 + i, fma(sum[i], normalizer, 0f));
        }
      }
    }
  }

  private int firstKey(int query, int window) {
    int first = 0;
    if (window != 0) {
      first = max(0, query - window + 1);
    }
    return first;
  }

  private int endKey(int query, int length, int causal, int window) {
    int end = length;
    if (causal != 0) {
      end = query + 1;
    } else if (window != 0) {
      end = (int) min((long) length, (long) query + (long) window);
    }
    return end;
  }

  /** scores[q][j] = q·k in base two, capped; hidden keys are left to those who read. */
  private void score(int step, int token, int query, int count, int key, int numKeys, int head) {
    int item = getLocalId();
    int space = steps[step + FROM_SPACE];
    int columns = steps[step + FROM_WIDTH];
    int headDim = steps[step + HEAD_DIM];
    int row = steps[step + FROM_PLACE] * numTokens + token * columns;
    int queries = row + query * columns + head * headDim;
    int keyColumn = steps[step + KEY_COLUMN] + head / steps[step + KV_GROUP] * headDim;
    int keys = row + key * columns + keyColumn;
    float queryScale = stepFloats[step / STEP_INTS * STEP_FLOATS + QUERY_SCALE];
    float cap = stepFloats[step / STEP_INTS * STEP_FLOATS + CAP];
    float[] left = new float[2 * RESULTS];
    float[] right = new float[2 * MOST_KEYS];
    float[] sum = new float[MOST_SCORES];
    for (int i = 0; i < itemScores(); i++) {
      sum[i] = 0f;
    }
    for (int d0 = 0; d0 < headDim; d0 += DEPTH) {
      for (int e = item; e < DEPTH * halfTile(); e += group()) {
        int r = e / DEPTH;
        int d = e % DEPTH;
        int at = queries + r * columns + d0 + d;
        int end = d0 + d < headDim ? count : 0;
        tileA[leftAt(d, r)] =
            pair(
                r < end ? load(space, at) * queryScale : NO_FACTOR,
                r + halfTile() < end
                    ? load(space, at + halfTile() * columns) * queryScale
                    : NO_FACTOR);
      }
      for (int e = item; e < DEPTH * (KEYS / 2); e += group()) {
        int r = e / DEPTH * 2;
        int d = e % DEPTH;
        int at = keys + r * columns + d0 + d;
        int end = d0 + d < headDim ? numKeys : 0;
        tileB[keyAt(d, r)] =
            pair(r < end ? load(space, at) : 0f, r + 1 < end ? load(space, at + columns) : 0f);
      }
      localBarrier();
      int depth = min(DEPTH, headDim - d0);
      for (int d = 0; d < depth; d += scoreSteps()) {
        for (int u = 0; u < scoreSteps(); u++) {
          for (int i = 0; i < itemQueries(); i += 2) {
            int at = u * itemQueries() + i;
            vstore2(asFloat2(tileA[leftAt(d + u, queryOf(item, i))]), at / 2, left);
          }
          for (int j = 0; j < itemKeys(); j += 2) {
            int at = u * itemKeys() + j;
            vstore2(asFloat2(tileB[keyAt(d + u, keyOf(item, j))]), at / 2, right);
          }
        }
        for (int i = 0; i < itemQueries(); i++) {
          for (int j = 0; j < itemKeys(); j++) {
            float s = sum[i * itemKeys() + j];
            for (int u = 0; u < scoreSteps(); u++) {
              s = fma(left[u * itemQueries() + i], right[u * itemKeys() + j], s);
            }
            sum[i * itemKeys() + j] = s;
          }
        }
      }
      localBarrier();
    }
    for (int i = 0; i < itemQueries(); i++) {
      for (int j = 0; j < itemKeys(); j += 2) {
        float even = sum[i * itemKeys() + j];
        float odd = sum[i * itemKeys() + j + 1];
        if (cap > 0f) {
          even = softcap(even, cap);
          odd = softcap(odd, cap);
        }
        scores[scoreAt(queryOf(item, i), keyOf(item, j))] = pair(even, odd);
      }
    }
    localBarrier();
  }

  /** The largest of a number and of a pair's scores, of which a range of its places is seen. */
  private float largest(long pair, float other, int from, int to) {
    float largest = other;
    if (from <= 0 && to > 0 && ofPair(pair, 0) > largest) {
      largest = ofPair(pair, 0);
    }
    if (from <= 1 && to > 1 && ofPair(pair, 1) > largest) {
      largest = ofPair(pair, 1);
    }
    return largest;
  }

  /** The weights of a pair's scores under a maximum; 0 where a score is out of the range. */
  private long weightsOf(long pair, float largest, int from, int to) {
    return pair(
        from <= 0 && to > 0 ? power2(ofPair(pair, 0) - largest) : 0f,
        from <= 1 && to > 1 ? power2(ofPair(pair, 1) - largest) : 0f);
  }

  /** A pair of weights after dropout, beginning with that of a key. */
  private long drop(int step, int block, int head, int query, int key, long pair) {
    return pair(
        keeps(step, block, head, query, key) == 0 ? 0f : ofPair(pair, 0),
        keeps(step, block, head, query, key + 1) == 0 ? 0f : ofPair(pair, 1));
  }

  /**
   * Renews the maximum of each row, turns its scores into weights under it, adds these to its
   * total, and then drops some of them. An item has all of a row, since its weights are summed in
   * order.
   */
  private void weigh(
      int step,
      int block,
      int head,
      int length,
      int query,
      int count,
      int key,
      int numKeys,
      int causal,
      int window) {
    for (int r = getLocalId(); r < tile(); r += group()) {
      int from = 0;
      int to = 0;
      if (r < count) {
        from = max(0, firstKey(query + r, window) - key);
        to = min(numKeys, endKey(query + r, length, causal, window) - key);
      }
      float old = maximum[r];
      float renewed = old;
      for (int j = 0; j < numKeys; j += 2) {
        renewed = largest(scores[scoreAt(r, j)], renewed, from - j, to - j);
      }
      float sum = 0f;
      for (int j = 0; j < numKeys; j += 2) {
        long pair = weightsOf(scores[scoreAt(r, j)], renewed, from - j, to - j);
        sum = sum + ofPair(pair, 0) + ofPair(pair, 1);
        if (drops != 0 && block != NO_BLOCK) {
          pair = drop(step, block, head, query + r, key + j, pair);
        }
        if (j + 1 == numKeys) {
          pair = pair(ofPair(pair, 0), NO_FACTOR);
        }
        scores[scoreAt(r, j)] = pair;
      }
      float factor = power2(old - renewed);
      maximum[r] = renewed;
      total[r] = fma(total[r], factor, sum);
      rescale[r] = factor;
    }
    localBarrier();
  }

  /**
   * Turns the totals of some tokens into what their contexts are multiplied by, and keeps what the
   * attention weights and the log-sum-exps need.
   */
  private void finish(int step, int token, int count, int head) {
    boolean keeps = keepsStatistics != 0 && steps[step + HEADS_BEFORE] != NOT_TAPPED;
    for (int r = getLocalId(); r < tile(); r += group()) {
      if (keeps && r < count) {
        int at = statistic(step, token + r, head);
        statistics[at + STATISTICS_MAXIMUM] = maximum[r];
        statistics[at + STATISTICS_TOTAL] = total[r];
      }
      total[r] = normalizer(step, total[r]);
    }
    localBarrier();
  }

  /** Where the statistics of a token's head are. */
  private int statistic(int step, int token, int head) {
    int before = steps[step + HEADS_BEFORE] * numTokens;
    return (before + token * steps[step + NUM_HEADS] + head) * STATISTICS;
  }

  private float normalizer(int step, float sum) {
    float normalizer = reciprocal(sum);
    if (drops != 0) {
      normalizer = normalizer * stepFloats[step / STEP_INTS * STEP_FLOATS + KEPT_SCALE];
    }
    return normalizer;
  }

  /** Computes the scores again, and writes the weights that the final maxima and totals give. */
  private void writeWeights(int step) {
    int group = getGroupId();
    int numHeads = steps[step + NUM_HEADS];
    if (group < numBlocks * numHeads) {
      int block = firstBlock + group / numHeads * BLOCK_INTS;
      int head = group % numHeads;
      int token = launch[block + BLOCK_TOKEN];
      int length = launch[block + BLOCK_LENGTH];
      int query = launch[block + BLOCK_QUERY];
      int causal = steps[step + CAUSAL];
      int window = steps[step + WINDOW];
      int count = min(tile(), length - query);
      int before = steps[step + HEADS_BEFORE] * weightsPerHead;
      int sequence = before + launch[block + BLOCK_WEIGHTS] * numHeads;
      int row0 = sequence + (head * length + query) * length;
      int item = getLocalId();
      for (int r = item; r < count; r += group()) {
        int at = statistic(step, token + query + r, head);
        maximum[r] = statistics[at + STATISTICS_MAXIMUM];
        total[r] = normalizer(step, statistics[at + STATISTICS_TOTAL]);
      }
      localBarrier();
      for (int key = 0; key < length; key += KEYS) {
        int numKeys = min(KEYS, length - key);
        score(step, token, query, count, key, numKeys, head);
        for (int e = 0; e < itemScores(); e++) {
          int r = queryOf(item, e / itemKeys());
          int j = keyOf(item, e % itemKeys());
          if (r < count && j < numKeys) {
            float weight = 0f;
            if (key + j >= firstKey(query + r, window)
                && key + j < endKey(query + r, length, causal, window)) {
              weight = power2(scoreOf(r, j) - maximum[r]) * total[r];
              if (drops != 0 && keeps(step, block, head, query + r, key + j) == 0) {
                weight = 0f;
              }
            }
            attentionWeights[row0 + r * length + key + j] = weight;
          }
        }
        localBarrier();
      }
    }
  }

  /** As ContractMath.exp2. */
  private float power2(float x) {
    float result = 0f;
    if (x < ContractMath.EXP2_UNDERFLOW) {
      result = 0f;
    } else {
      float n = (x + ROUNDING) - ROUNDING;
      float f = x - n;
      result = fma(f, ratio(f), 1f) * power(n);
    }
    return result;
  }

  private float ratio(float f) {
    float q = fma(ContractMath.E5, f, ContractMath.E4);
    q = fma(q, f, ContractMath.E3);
    q = fma(q, f, ContractMath.E2);
    q = fma(q, f, ContractMath.E1);
    return fma(q, f, ContractMath.E0);
  }

  /** A NaN would be no index. */
  private float power(float n) {
    return powers[max(0, min(126, (int) (0f - n)))];
  }

  /** As ContractMath.softcap. */
  private float softcap(float x, float cap) {
    float z = 0f - abs(x);
    float e = 0f;
    if (z < ContractMath.EXP2_UNDERFLOW) {
      e = 0f - 1f;
    } else {
      float n = (z + ROUNDING) - ROUNDING;
      float f = z - n;
      float power = power(n);
      e = fma(power, f * ratio(f), power - 1f);
    }
    float tanh = (0f - e) * reciprocalOfOneToTwo(2f + e);
    float limit = cap;
    if (x < 0f) {
      limit = 0f - cap;
    }
    return fma(tanh, limit, 0f);
  }

  /** As ContractMath.reciprocal. */
  private float reciprocal(float d) {
    float result = 0f;
    if (d >= 1f) {
      float power = 1f;
      float scaled = d;
      while (scaled >= 2f && power > 0f) {
        scaled = scaled * 0.5f;
        power = power * 0.5f;
      }
      result = reciprocalOfOneToTwo(scaled) * power;
    } else {
      result = notANumber;
    }
    return result;
  }

  private float reciprocalOfOneToTwo(float d) {
    float r = fma(ContractMath.R3, d, ContractMath.R2);
    r = fma(r, d, ContractMath.R1);
    r = fma(r, d, ContractMath.R0);
    r = fma(r, fma(0f - d, r, 1f), r);
    return fma(r, fma(0f - d, r, 1f), r);
  }

  /** As ContractMath.rsqrt. */
  private float inverseRoot(float v) {
    float result = notANumber;
    if (v >= Float.MIN_NORMAL) {
      if (v <= Float.MAX_VALUE) {
        float root = 1f;
        float scaled = v;
        while (scaled >= 4f) {
          scaled = scaled * 0.25f;
          root = root * 0.5f;
        }
        while (scaled < 1f) {
          scaled = scaled * 4f;
          root = root * 2f;
        }
        float r = fma(ContractMath.Q3, scaled, ContractMath.Q2);
        r = fma(r, scaled, ContractMath.Q1);
        r = fma(r, scaled, ContractMath.Q0);
        r = fma(0.5f * r, fma(-(scaled * r), r, 1f), r);
        r = fma(0.5f * r, fma(-(scaled * r), r, 1f), r);
        result = r * root;
      }
    }
    return result;
  }

  /** As ContractMath.activate; comparisons leave NaN as it is. */
  private float activate(int activation, float x) {
    float y = x;
    if (activation == GELU_TANH) {
      float square = fma(x, x, 0f);
      float w = fma(x, fma(square, ContractMath.T3, ContractMath.T1), 0f);
      y = fma(x, sigmoid(w), 0f);
    } else if (activation == GELU_ERF) {
      y = geluErf(x);
    } else if (activation == SILU) {
      y = fma(x, sigmoid(fma(x, ContractMath.LOG2_E, 0f)), 0f);
    } else if (activation == RELU) {
      y = fma(0.5f, x, 0.5f * abs(x));
    }
    return y;
  }

  private float geluErf(float x) {
    float a = abs(x);
    float b = a;
    if (a > ContractMath.GELU_BEND) {
      b = ContractMath.GELU_BEND;
    }
    float g = fma(ContractMath.G10, b, ContractMath.G9);
    g = fma(g, b, ContractMath.G8);
    g = fma(g, b, ContractMath.G7);
    g = fma(g, b, ContractMath.G6);
    g = fma(g, b, ContractMath.G5);
    g = fma(g, b, ContractMath.G4);
    g = fma(g, b, ContractMath.G3);
    g = fma(g, b, ContractMath.G2);
    g = fma(g, b, ContractMath.G1);
    g = fma(g, b, ContractMath.G0);
    float tail = power2(fma(0f - a, g, -1f));
    float share = 1f - tail;
    if (x < 0f) {
      share = tail;
    }
    return fma(x, share, 0f);
  }

  /** As ContractMath.sigmoid. */
  private float sigmoid(float w) {
    float power = power2(0f - abs(w));
    float r = reciprocalOfOneToTwo(1f + power);
    float result = r;
    if (w < 0f) {
      result = fma(power, r, 0f);
    }
    return result;
  }

  /** As Dropout.keeps; 1 if kept. */
  private int keeps(int step, int block, int head, int query, int key) {
    int k0 = launch[block + BLOCK_KEY_LOW];
    int k1 = launch[block + BLOCK_KEY_HIGH];
    int c0 = key >>> 2;
    int c1 = query;
    int c2 = head;
    int c3 = steps[step + LAYER];
    for (int round = 0; round < 10; round++) {
      long product0 = 0xD2511F53L * ((long) c0 & 0xFFFFFFFFL);
      long product1 = 0xCD9E8D57L * ((long) c2 & 0xFFFFFFFFL);
      c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      c1 = (int) product1;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c3 = (int) product0;
      k0 = k0 + 0x9E3779B9;
      k1 = k1 + 0xBB67AE85;
    }
    int word = c3;
    int lane = key & 3;
    if (lane == 0) {
      word = c0;
    } else if (lane == 1) {
      word = c1;
    } else if (lane == 2) {
      word = c2;
    }
    int kept = 0;
    if ((word >>> 8) >= steps[step + DROP_THRESHOLD]) {
      kept = 1;
    }
    return kept;
  }
}
