package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.batches.BatchLimits;
import io.github.sparkattention.internal.batches.InvalidRows;
import io.github.sparkattention.internal.expressions.LoadedTokenizer;
import io.github.sparkattention.internal.expressions.LongRows;
import io.github.sparkattention.internal.expressions.TextRules;
import io.github.sparkattention.internal.expressions.TokenizeText;
import io.github.sparkattention.internal.files.TextCheckpoint;
import io.github.sparkattention.internal.results.ResultColumn;
import io.github.sparkattention.internal.results.ResultKind;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.weights.FileModel;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelOutputs;
import io.github.sparkattention.kernels.ModelProgram;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;

/**
 * A checkpoint as SQL calls it: a text goes in, and what the model gives of its ids comes out, all
 * of it from one program. A text that is null gives null, and one that is longer than the
 * checkpoint's files allow fails the query.
 */
final class TextStage {
  /** Gives the pooled vector of a text. */
  static final String EMBED = "embed";

  /** Gives the sum of the log-probabilities of a text's ids. */
  static final String LOG_PROBABILITY = "log_probability";

  /** Gives the perplexity of a text. */
  static final String PERPLEXITY = "perplexity";

  /** Kept at once; a query that calls more of them opens some anew. */
  private static final int KEPT = 16;

  private static final int SHOWN = 60;

  private static final Map<String, TextStage> BY_PATH =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, TextStage> eldest) {
          return size() > KEPT;
        }
      };

  private final String path;
  private final TextCheckpoint files;
  private final LoadedTokenizer tokenizer;
  private final FunctionStage stage;

  private TextStage(String path, TextCheckpoint files) {
    this.path = path;
    this.files = files;
    this.tokenizer = new LoadedTokenizer(path, files.tokenizer());
    this.stage = stage();
  }

  /**
   * The checkpoint at a path, opened anew if its files have changed.
   *
   * @param session the session that reads
   * @param path the folder, as users write it
   * @return the checkpoint, the same one as long as its files are the same
   * @throws IllegalArgumentException if the model or its tokenizer is missing or can't be computed
   *     exactly; in one sentence
   */
  static TextStage open(SparkSession session, String path) {
    TextStage before;
    synchronized (BY_PATH) {
      before = BY_PATH.get(path);
    }
    // Held for the look-up alone: other checkpoints needn't wait for a slow file system.
    TextCheckpoint now =
        TextCheckpoint.open(
            SparkInternals.hadoopConf(session), path, before == null ? null : before.files);
    if (before != null && now.equals(before.files)) {
      return before;
    }
    TextStage opened = new TextStage(path, now);
    synchronized (BY_PATH) {
      BY_PATH.put(path, opened);
    }
    return opened;
  }

  private Checkpoint checkpoint() {
    return files.model().checkpoint();
  }

  private boolean scores() {
    return checkpoint().config().head() != ModelConfig.Head.NONE;
  }

  private FunctionStage stage() {
    ModelOutputs outputs = ModelOutputs.VECTORS;
    ModelProgram program =
        checkpoint().config().program(scores() ? outputs.withLogProbabilities() : outputs);
    List<ResultColumn> results = new ArrayList<>();
    if (checkpoint().pooling() != null) {
      ResultKind kind =
          new ResultKind.Embedding(
              checkpoint().pooling(), checkpoint().normalize(), program.vectors());
      results.add(new ResultColumn(kind, EMBED));
    }
    if (scores()) {
      int output = program.logProbability();
      results.add(new ResultColumn(new ResultKind.LogProbability(output), LOG_PROBABILITY));
      results.add(new ResultColumn(new ResultKind.Perplexity(output), PERPLEXITY));
    }
    FileModel weights = FileModel.of(files.model(), program.program());
    AttentionSpec spec =
        new AttentionSpec(
            path,
            "text",
            results,
            program.program(),
            String.format("%s, %s", checkpoint().architecture(), weights),
            null,
            BatchLimits.DEFAULT,
            InvalidRows.KEEP,
            null);
    return FunctionStage.of(path, spec, weights);
  }

  /**
   * Calls a function on a text.
   *
   * @param function one of {@link #EMBED}, {@link #LOG_PROBABILITY} and {@link #PERPLEXITY}
   * @param text the text, a string
   * @param context the application
   * @return the call
   * @throws IllegalArgumentException if the model doesn't give what the function is for
   */
  Expression call(String function, Expression text, SparkContext context) {
    if (function.equals(EMBED) && checkpoint().pooling() == null) {
      throw new IllegalArgumentException(
          String.format(
              "embed needs a model whose files say how vectors are pooled, but those of '%s' don't;"
                  + " add 1_Pooling/config.json, or load it by SentenceEmbedder and set pooling.",
              path));
    }
    if (!function.equals(EMBED) && !scores()) {
      throw new IllegalArgumentException(
          String.format(
              "%s needs a model that scores ids, but '%s' holds a %s without a head.",
              function, path, checkpoint().architecture()));
    }
    TextRules rules =
        new TextRules(
            TextRules.Caller.FUNCTION,
            path,
            shown(text),
            true,
            files.maxLength(),
            LongRows.ERROR,
            true);
    Expression ids =
        new TokenizeText(
            new TokenizeText.Rules("tokenize", tokenizer.broadcast(context), rules, null), text);
    return new AttentionExpression(stage, function, ids);
  }

  /** A text for messages, of which a constant may be long. */
  private static String shown(Expression text) {
    String sql = text.sql();
    return sql.length() <= SHOWN ? sql : sql.substring(0, SHOWN) + "...";
  }
}
