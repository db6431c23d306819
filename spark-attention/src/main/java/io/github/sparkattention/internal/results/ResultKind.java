package io.github.sparkattention.internal.results;

import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Step.Score;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructType;

/**
 * What a column of results may hold, each with its type, with the outputs of the program that it is
 * made of, and with what writes it.
 */
public sealed interface ResultKind extends Serializable {
  /**
   * Vectors of tokens in one of the forms that users name.
   *
   * @param param the param that names the column
   * @param format array, flat, vectors or matrix
   * @param output the output that holds them
   * @return the kind
   */
  static ResultKind tokens(String param, String format, int output) {
    return new Tokens(param, ResultForm.valueOf(format.toUpperCase(Locale.ROOT)), output);
  }

  /** The name of the param that names such a column. */
  String param();

  /** The type of the column. */
  DataType type();

  /** The outputs that it is made of, by their indices. */
  List<Integer> outputs();

  /** Whether a row may have none, though it is computed. */
  default boolean isNullable() {
    return false;
  }

  /** The size of vectors as Spark ML's attributes, for the stages that read them. */
  default Metadata metadata(String name, Program program) {
    return type().equals(SQLDataTypes.VectorType())
        ? new AttributeGroup(name, width(program, outputs().get(0))).toMetadata()
        : Metadata.empty();
  }

  /** What writes it; it keeps room for what it writes, so each task has its own. */
  ResultWriter writer(Program program);

  private static int width(Program program, int output) {
    return program.width(((Output.Values) program.outputs().get(output)).slot());
  }

  /** A vector for each token. */
  record Tokens(String param, ResultForm form, int output) implements ResultKind {
    private static final long serialVersionUID = 1L;

    @Override
    public DataType type() {
      return form.type();
    }

    @Override
    public List<Integer> outputs() {
      return List.of(output);
    }

    @Override
    public ResultWriter writer(Program program) {
      return form.writer(output, width(program, output));
    }
  }

  /** One vector for each sequence, in double arithmetic. */
  record PooledContext(Pooling pooling, int output) implements ResultKind {
    private static final long serialVersionUID = 1L;

    @Override
    public String param() {
      return "pooledCol";
    }

    @Override
    public DataType type() {
      return SQLDataTypes.VectorType();
    }

    @Override
    public List<Integer> outputs() {
      return List.of(output);
    }

    @Override
    public ResultWriter writer(Program program) {
      return new SequenceWriters.PooledContext(pooling, output, width(program, output));
    }
  }

  /** One vector for each sequence, as a model's files ask for it: rounded to float. */
  record Embedding(io.github.sparkattention.kernels.Pooling pooling, boolean normalize, int output)
      implements ResultKind {
    private static final long serialVersionUID = 1L;

    @Override
    public String param() {
      return "pooledCol";
    }

    @Override
    public DataType type() {
      return SQLDataTypes.VectorType();
    }

    @Override
    public List<Integer> outputs() {
      return List.of(output);
    }

    @Override
    public ResultWriter writer(Program program) {
      return new SequenceWriters.Embedding(pooling, normalize, output, width(program, output));
    }
  }

  /** Attention weights, heads x n x n. */
  record AttentionWeights(int output) implements ResultKind {
    private static final long serialVersionUID = 1L;

    @Override
    public String param() {
      return "attentionWeightsCol";
    }

    @Override
    public DataType type() {
      return ResultForm.array(ResultForm.ARRAY.type());
    }

    @Override
    public List<Integer> outputs() {
      return List.of(output);
    }

    @Override
    public ResultWriter writer(Program program) {
      return new TokenWriters.AttentionWeights(output, numHeads(program));
    }

    /** The number of heads of the layer that they are of. */
    public int numHeads(Program program) {
      Output.AttentionWeights shown = (Output.AttentionWeights) program.outputs().get(output);
      return program.attend(shown.step()).heads().numHeads();
    }
  }

  /** Log-sum-exps of scores, heads x n. */
  record LogSumExp(int output) implements ResultKind {
    private static final long serialVersionUID = 1L;

    @Override
    public String param() {
      return "logSumExpCol";
    }

    @Override
    public DataType type() {
      return ResultForm.ARRAY.type();
    }

    @Override
    public List<Integer> outputs() {
      return List.of(output);
    }

    @Override
    public ResultWriter writer(Program program) {
      Output.LogSumExp shown = (Output.LogSumExp) program.outputs().get(output);
      return new TokenWriters.LogSumExp(output, program.attend(shown.step()).heads().numHeads());
    }
  }

  /** The logarithm of the probability of each id after the first. */
  record LogProbabilities(int output) implements ResultKind {
    private static final long serialVersionUID = 1L;

    @Override
    public String param() {
      return "logProbabilitiesCol";
    }

    @Override
    public DataType type() {
      return ResultForm.FLAT.type();
    }

    @Override
    public List<Integer> outputs() {
      return List.of(output);
    }

    @Override
    public ResultWriter writer(Program program) {
      return new SequenceWriters.LogProbabilities(output);
    }
  }

  /** The sum of these logarithms, in double, in the order of the ids. */
  record LogProbability(int output) implements ResultKind {
    private static final long serialVersionUID = 1L;

    @Override
    public String param() {
      return "logProbabilityCol";
    }

    @Override
    public DataType type() {
      return DataTypes.DoubleType;
    }

    @Override
    public List<Integer> outputs() {
      return List.of(output);
    }

    @Override
    public ResultWriter writer(Program program) {
      return new SequenceWriters.LogProbability(output);
    }
  }

  /** Exp of minus the mean of these logarithms; null where there are none. */
  record Perplexity(int output) implements ResultKind {
    private static final long serialVersionUID = 1L;

    @Override
    public String param() {
      return "perplexityCol";
    }

    @Override
    public DataType type() {
      return DataTypes.DoubleType;
    }

    @Override
    public List<Integer> outputs() {
      return List.of(output);
    }

    @Override
    public boolean isNullable() {
      return true;
    }

    @Override
    public ResultWriter writer(Program program) {
      return new SequenceWriters.Perplexity(output);
    }
  }

  /** The most probable ids after the last one, with their probabilities. */
  record NextTokens(int ids, int logProbabilities) implements ResultKind {
    private static final long serialVersionUID = 1L;

    private static final DataType TYPE =
        ResultForm.array(
            new StructType()
                .add("id", DataTypes.IntegerType, false)
                .add("probability", DataTypes.FloatType, false));

    @Override
    public String param() {
      return "nextTokensCol";
    }

    @Override
    public DataType type() {
      return TYPE;
    }

    @Override
    public List<Integer> outputs() {
      return List.of(ids, logProbabilities);
    }

    @Override
    public ResultWriter writer(Program program) {
      Output.TopIds shown = (Output.TopIds) program.outputs().get(ids);
      Score score = program.score(shown.step());
      return new SequenceWriters.NextTokens(ids, logProbabilities, score.top());
    }
  }
}
