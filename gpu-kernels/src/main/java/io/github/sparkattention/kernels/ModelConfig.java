package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Embed;
import io.github.sparkattention.kernels.Step.Map;
import io.github.sparkattention.kernels.Step.Normalize;
import io.github.sparkattention.kernels.Step.Project;
import io.github.sparkattention.kernels.Step.Rotate;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.Step.Table;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole transformer: what its layers are, and the {@link Program}s that compute it. GPT-2 and the
 * book's GPTModel, encoders like BERT, and decoders like Llama are all of this form.
 *
 * <p>The tensors of its programs have names of their own, whatever a checkpoint calls them: {@code
 * tokens}, {@code positions}, {@code types} and {@code head} are tables; {@code embedding_norm} and
 * {@code final_norm} are norms; block N has the norms {@code blocks.N.attention_norm} and {@code
 * blocks.N.mlp_norm}, and the maps {@code blocks.N.query}, {@code key}, {@code value}, {@code out},
 * {@code up}, {@code down} and, where the MLP is gated, {@code blocks.N.gate}.
 *
 * @param vocabulary number of ids
 * @param width values per token between the blocks
 * @param layers number of blocks, at least 1
 * @param heads how each block attends
 * @param hidden width of the MLP's hidden values
 * @param activation the MLP's function
 * @param gated whether hidden values are activation(gate(x)) · up(x), and not activation(up(x))
 * @param norm the norm of all places
 * @param placement where norms stand
 * @param positions rows of the table of positions, or 0 where there is none
 * @param types rows of the table of types, or 0 where there is none
 * @param rotary the rotary positions, or null
 * @param contextLength longest sequence that is accepted, in tokens; 0 means no limit
 * @param qkvBias whether queries, keys and values have biases
 * @param outBias whether attention's output projection has a bias
 * @param mlpBias whether the MLP's maps have biases
 * @param head what scores ids
 */
public record ModelConfig(
    int vocabulary,
    int width,
    int layers,
    Heads heads,
    int hidden,
    Activation activation,
    boolean gated,
    Norm norm,
    Placement placement,
    int positions,
    int types,
    Rotary rotary,
    int contextLength,
    boolean qkvBias,
    boolean outBias,
    boolean mlpBias,
    Head head)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The name of the table of ids. */
  public static final String TOKENS = "tokens";

  /** The name of the table of positions. */
  public static final String POSITIONS = "positions";

  /** The name of the table of types. */
  public static final String TYPES = "types";

  /** The name of the norm after the embeddings. */
  public static final String EMBEDDING_NORM = "embedding_norm";

  /** The name of the norm after the last block. */
  public static final String FINAL_NORM = "final_norm";

  /** The name of the head's own table. */
  public static final String HEAD = "head";

  /** Where norms stand. */
  public enum Placement {
    /** Before attention and before the MLP, and after the last block, as in GPT-2 and Llama. */
    BEFORE,

    /** After the embeddings, after attention and after the MLP, as in BERT. */
    AFTER
  }

  /** What scores ids. */
  public enum Head {
    /** Nothing: the model gives vectors only. */
    NONE,

    /** The table of the ids that embeds them, too. */
    TIED,

    /** A table of its own. */
    OWN
  }

  /**
   * Validates the components.
   *
   * @param vocabulary the component {@link #vocabulary}
   * @param width the component {@link #width}
   * @param layers the component {@link #layers}
   * @param heads the component {@link #heads}
   * @param hidden the component {@link #hidden}
   * @param activation the component {@link #activation}
   * @param gated the component {@link #gated}
   * @param norm the component {@link #norm}
   * @param placement the component {@link #placement}
   * @param positions the component {@link #positions}
   * @param types the component {@link #types}
   * @param rotary the component {@link #rotary}
   * @param contextLength the component {@link #contextLength}
   * @param qkvBias the component {@link #qkvBias}
   * @param outBias the component {@link #outBias}
   * @param mlpBias the component {@link #mlpBias}
   * @param head the component {@link #head}
   * @throws IllegalArgumentException if one is out of range, or two contradict each other; the
   *     message names them
   */
  public ModelConfig {
    atLeast("vocabulary", vocabulary, 1);
    atLeast("width", width, 1);
    atLeast("layers", layers, 1);
    atLeast("hidden", hidden, 1);
    atLeast("positions", positions, 0);
    atLeast("types", types, 0);
    atLeast("contextLength", contextLength, 0);
    if (positions > 0 && (contextLength == 0 || contextLength > positions)) {
      throw new IllegalArgumentException(
          String.format(
              "a model with %d positions must have a context length from 1 to that, but has %d",
              positions, contextLength));
    }
    if (rotary != null && rotary.headDim() != heads.headDim()) {
      throw new IllegalArgumentException(
          String.format(
              "rotary positions must be for heads of %d values, but are for heads of %d",
              heads.headDim(), rotary.headDim()));
    }
  }

  /**
   * The GPTModel of "Build a Large Language Model (from Scratch)": norms before, hidden values four
   * times as wide, a tanh GELU, learned positions, and a head of its own.
   *
   * @param vocabulary number of ids, the book's {@code vocab_size}
   * @param contextLength positions and longest sequence, {@code context_length}
   * @param width values per token, {@code emb_dim}
   * @param heads number of heads, a divisor of the width, {@code n_heads}
   * @param layers number of blocks, {@code n_layers}
   * @param qkvBias whether queries, keys and values have biases, {@code qkv_bias}
   * @return the model
   * @throws IllegalArgumentException if a number is out of range
   */
  public static ModelConfig book(
      int vocabulary, int contextLength, int width, int heads, int layers, boolean qkvBias) {
    if (heads < 1 || width % heads != 0) {
      throw new IllegalArgumentException(
          String.format("heads must divide the width %d, but are %d", width, heads));
    }
    atLeast("contextLength", contextLength, 1);
    int headDim = width / heads;
    float scale = (float) (1 / Math.sqrt(headDim));
    return new ModelConfig(
        vocabulary,
        width,
        layers,
        new Heads(headDim, heads, heads, true, scale, 0, 0, 0),
        Math.multiplyExact(4, width),
        Activation.GELU_TANH,
        false,
        new Norm(Norm.Kind.LAYER, 1e-5f),
        Placement.BEFORE,
        contextLength,
        0,
        null,
        contextLength,
        qkvBias,
        true,
        true,
        Head.OWN);
  }

  /**
   * The name of a tensor of a block.
   *
   * @param block index of the block
   * @param name name within the block, such as {@code query}
   * @return the name
   */
  public static String inBlock(int block, String name) {
    return "blocks." + block + "." + name;
  }

  /**
   * The program that gives each token's vector: what the last block leaves, normalized if {@link
   * Placement#BEFORE}.
   *
   * @return the program, whose one output is {@link Output.Values}
   */
  public Program vectors() {
    return program(ModelOutputs.VECTORS).program();
  }

  /**
   * The program that gives probabilities of ids.
   *
   * @param top number of most probable ids, 0 to {@link Score#MOST_TOP}
   * @param rows the tokens that are scored
   * @return the program, whose outputs are {@link Output.LogProbability}, {@link Output.TopIds} and
   *     {@link Output.TopLogProbabilities}
   * @throws IllegalArgumentException if there is no head
   */
  public Program scores(int top, Score.Rows rows) {
    Drawing drawing = new Drawing();
    int last = drawing.blocks(ModelOutputs.VECTORS);
    int step = drawing.score(last, top, rows);
    return drawing.program(
        List.of(
            new Output.LogProbability(step),
            new Output.TopIds(step),
            new Output.TopLogProbabilities(step)));
  }

  /**
   * The one program that gives all that is asked for. A pass of it computes no scores that its
   * caller doesn't want, so that one prepared program serves those who want less, too.
   *
   * @param wanted what is asked for besides each token's vector
   * @return the program, with what its outputs are
   * @throws IllegalArgumentException if there is no such layer, or ids are to be scored by a model
   *     without a head, or by one whose tokens see those after them; the message says so
   */
  public ModelProgram program(ModelOutputs wanted) {
    requireLayer("hidden states", wanted.hiddenLayer(), layers);
    requireLayer("attention weights", wanted.attentionLayer(), layers - 1);
    if (wanted.scores() && head != Head.NONE && !heads.causal()) {
      throw new IllegalArgumentException(
          "only a causal model gives the next id a probability, but tokens of this one see those"
              + " after them");
    }
    Drawing drawing = new Drawing();
    int last = drawing.blocks(wanted);
    Outlet outlet = new Outlet();
    int vectors = outlet.add(new Output.Values(last));
    int hiddenStates =
        wanted.hiddenLayer() == layers
            ? vectors
            : outlet.addIf(
                wanted.hiddenLayer() != ModelOutputs.NONE, new Output.Values(drawing.tapped));
    int attentionWeights =
        outlet.addIf(
            wanted.attentionLayer() != ModelOutputs.NONE,
            new Output.AttentionWeights(drawing.attention));
    int logProbability = ModelOutputs.NONE;
    if (wanted.logProbabilities()) {
      int step = drawing.score(last, 0, Score.Rows.EACH_TOKEN);
      logProbability = outlet.add(new Output.LogProbability(step));
    }
    int topIds = ModelOutputs.NONE;
    int topLogProbabilities = ModelOutputs.NONE;
    if (wanted.top() > 0) {
      int step = drawing.score(last, wanted.top(), Score.Rows.LAST_TOKEN);
      topIds = outlet.add(new Output.TopIds(step));
      topLogProbabilities = outlet.add(new Output.TopLogProbabilities(step));
    }
    return new ModelProgram(
        drawing.program(outlet.outputs),
        vectors,
        hiddenStates,
        attentionWeights,
        logProbability,
        topIds,
        topLogProbabilities);
  }

  private static void requireLayer(String what, int layer, int last) {
    if (layer > last) {
      throw new IllegalArgumentException(
          String.format(
              "%s must be those of a layer from 0 to %d, but are asked for of %d",
              what, last, layer));
    }
  }

  /** Outputs while they are collected. */
  private static final class Outlet {
    private final List<Output> outputs = new ArrayList<>();

    /** Adds an output, and returns its index. */
    int add(Output output) {
      outputs.add(output);
      return outputs.size() - 1;
    }

    int addIf(boolean asked, Output output) {
      return asked ? add(output) : ModelOutputs.NONE;
    }
  }

  /** A program while its steps are added. */
  private final class Drawing {
    private final List<Integer> slots = new ArrayList<>(List.of(Program.IDS));
    private final List<Step> steps = new ArrayList<>();

    /** What a block reads and leaves; another slot from where hidden states are asked for on. */
    private int stream = slot(width);

    /** The stream, normalized; or, where norms come after, not yet so. */
    private final int other = slot(width);

    private final int projected = slot(Math.addExact(heads.dOut(), 2 * heads.kvWidth()));
    private final int joined = slot(heads.dOut());
    private final int middle = slot(hidden);

    /** The slot of the hidden states that are asked for. */
    private int tapped = ModelOutputs.NONE;

    /** The step of the attention that is asked for. */
    private int attention = ModelOutputs.NONE;

    /** Adds all steps up to the vectors of the last block, and returns their slot. */
    int blocks(ModelOutputs wanted) {
      embed();
      for (int block = 0; block < layers; block++) {
        int from = stream;
        if (block == wanted.hiddenLayer()) {
          tapped = from;
          // What is handed over stays as it is, so the blocks go on elsewhere.
          stream = slot(width);
        }
        int attended = block(block, from);
        if (block == wanted.attentionLayer()) {
          attention = attended;
        }
      }
      if (placement == Placement.AFTER) {
        return stream;
      }
      int last = slot(width);
      normalize(stream, last, FINAL_NORM);
      return last;
    }

    /** Adds the steps of a block from a slot to the stream, and returns that of its attention. */
    private int block(int block, int from) {
      int attended;
      if (placement == Placement.BEFORE) {
        normalize(from, other, inBlock(block, "attention_norm"));
        attended = attend(block, other);
        project(joined, stream, block, "out", width, outBias, from);
        normalize(stream, other, inBlock(block, "mlp_norm"));
        mlp(block, other, stream, stream);
      } else {
        attended = attend(block, from);
        project(joined, other, block, "out", width, outBias, from);
        normalize(other, stream, inBlock(block, "attention_norm"));
        mlp(block, stream, other, stream);
        normalize(other, stream, inBlock(block, "mlp_norm"));
      }
      return attended;
    }

    /** Adds the scores of tokens, and returns their step. */
    int score(int from, int top, Score.Rows rows) {
      if (head == Head.NONE) {
        throw new IllegalArgumentException("the model has no head, so it scores no ids");
      }
      Table table = new Table(head == Head.TIED ? TOKENS : HEAD, vocabulary);
      return add(new Score(from, table, top, rows));
    }

    private void embed() {
      int to = placement == Placement.AFTER ? other : stream;
      add(
          new Embed(
              Program.INPUT,
              to,
              new Table(TOKENS, vocabulary),
              positions == 0 ? null : new Table(POSITIONS, positions),
              types == 0 ? null : new Table(TYPES, types)));
      if (placement == Placement.AFTER) {
        normalize(other, stream, EMBEDDING_NORM);
      }
    }

    private int attend(int block, int from) {
      add(
          new Project(
              from,
              projected,
              List.of(
                  new Map(inBlock(block, "query"), heads.dOut(), qkvBias),
                  new Map(inBlock(block, "key"), heads.kvWidth(), qkvBias),
                  new Map(inBlock(block, "value"), heads.kvWidth(), qkvBias))));
      if (rotary != null) {
        add(new Rotate(projected, rotary, heads.numHeads() + heads.numKvHeads()));
      }
      return add(new Attend(projected, joined, heads));
    }

    private void mlp(int block, int from, int to, int residual) {
      Map up = new Map(inBlock(block, "up"), hidden, mlpBias);
      if (gated) {
        add(new Project(from, middle, List.of(up)));
        Map gate = new Map(inBlock(block, "gate"), hidden, mlpBias);
        add(new Project(from, middle, List.of(gate), activation, middle, Step.NONE));
      } else {
        add(new Project(from, middle, List.of(up), activation, Step.NONE, Step.NONE));
      }
      project(middle, to, block, "down", width, mlpBias, residual);
    }

    private void project(
        int from, int to, int block, String name, int outFeatures, boolean bias, int residual) {
      add(
          new Project(
              from, to, List.of(new Map(inBlock(block, name), outFeatures, bias)), residual));
    }

    private void normalize(int from, int to, String name) {
      add(new Normalize(from, to, name, norm));
    }

    /** Adds a step, and returns its index. */
    int add(Step step) {
      steps.add(step);
      return steps.size() - 1;
    }

    Program program(List<Output> outputs) {
      return new Program(slots, steps, outputs, contextLength);
    }

    private int slot(int width) {
      slots.add(width);
      return slots.size() - 1;
    }
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + ", but is " + value);
    }
  }
}
