package io.github.sparkattention.plot;

import io.github.sparkattention.internal.svg.Arcs;
import io.github.sparkattention.internal.svg.HeatMap;
import io.github.sparkattention.internal.svg.Numbers;
import io.github.sparkattention.internal.svg.SequenceWeights;
import java.util.List;
import org.apache.spark.sql.Row;
import scala.collection.Seq;

/**
 * Draws one sequence's attention weights, as a heat map, as small heat maps of all heads, or as
 * arcs, and draws measurements as charts.
 *
 * <p>In a note of Zeppelin, of a row that {@code setAttentionWeightsCol("weights")} gave:
 *
 * <pre>{@code
 * val plots = AttentionPlots.of(row, "words", "weights")
 * println("%html " + plots.heatMap(0).html)
 * }</pre>
 *
 * <p>Immutable. Heads and positions count from 0. Where no query of any head attends to a later
 * key, the weights are taken to be causal, and the later keys are shown as masked, not as weights
 * of zero.
 */
public final class AttentionPlots {
  /** Most tokens that arcs are drawn for. */
  public static final int MOST_ARC_TOKENS = 96;

  private static final int MOST_HEADS = 64;

  private final SequenceWeights sequence;
  private final String title;

  private AttentionPlots(SequenceWeights sequence, String title) {
    this.sequence = sequence;
    this.title = title;
  }

  /**
   * Takes tokens and weights from Java.
   *
   * @param tokens the n tokens' text, any characters
   * @param weights the weights, [heads][n queries][n keys], finite and not negative; not copied
   * @return what draws them
   * @throws IllegalArgumentException if there is no token or no head, if sizes differ, or if a
   *     weight can't be one; the message names the place
   */
  public static AttentionPlots of(List<String> tokens, float[][][] weights) {
    return new AttentionPlots(SequenceWeights.of(tokens, weights), "Attention weights");
  }

  /**
   * Takes tokens and weights from Scala, as {@code row.getSeq} gives them.
   *
   * @param tokens the n tokens' text, any characters
   * @param weights the weights, [heads][n queries][n keys], of type Float or Double
   * @return what draws them
   * @throws IllegalArgumentException as {@link #of(List, float[][][])} does
   */
  public static AttentionPlots of(
      Seq<String> tokens, Seq<? extends Seq<? extends Seq<?>>> weights) {
    return of(RowWeights.tokens(tokens), RowWeights.floats(weights));
  }

  /**
   * Takes tokens and weights from a row.
   *
   * @param row a row with a schema
   * @param tokensCol its column of tokens, array&lt;string&gt;
   * @param weightsCol its column of weights, array&lt;array&lt;array&lt;float&gt;&gt;&gt;, as
   *     {@code attentionWeightsCol} names it
   * @return what draws them
   * @throws IllegalArgumentException if the row has no such columns, and as {@link #of(List,
   *     float[][][])} does
   */
  public static AttentionPlots of(Row row, String tokensCol, String weightsCol) {
    return of(
        RowWeights.tokens(RowWeights.column(row, tokensCol)),
        RowWeights.floats(RowWeights.column(row, weightsCol)));
  }

  /**
   * Begins a chart of measurements, such as tokens per second by batch size.
   *
   * @param title the chart's title
   * @return the chart, still empty
   */
  public static Chart chart(String title) {
    return new Chart(title);
  }

  /**
   * Gives the pictures another title.
   *
   * @param newTitle the title, instead of "Attention weights"
   * @return what draws them so
   */
  public AttentionPlots titled(String newTitle) {
    return new AttentionPlots(sequence, newTitle);
  }

  /**
   * Shows keys outside of the layer's sliding window as masked. It has to be said, for a weight of
   * zero inside the window looks the same.
   *
   * @param window the window: |query - key| is less
   * @return what draws them so
   * @throws IllegalArgumentException if a weight outside of the window is not zero
   */
  public AttentionPlots slidingWindow(int window) {
    return new AttentionPlots(sequence.within(window), title);
  }

  /**
   * How many heads there are.
   *
   * @return the number
   */
  public int numHeads() {
    return sequence.heads();
  }

  /**
   * A heat map of the mean of all heads.
   *
   * @return the picture
   */
  public Picture heatMap() {
    return heatMap(mean(), new float[][][] {sequence.mean()});
  }

  /**
   * A heat map of one head. Too many tokens for one cell each are shown in blocks.
   *
   * @param head the head, from 0
   * @return the picture
   * @throws IllegalArgumentException if there is no such head
   */
  public Picture heatMap(int head) {
    return heatMap(title + ", head " + head, new float[][][] {sequence.head(head)});
  }

  /**
   * Small heat maps of all heads, in the same colours.
   *
   * @return the picture
   * @throws IllegalArgumentException if there are more than 64 heads
   */
  public Picture heads() {
    if (numHeads() > MOST_HEADS) {
      throw new IllegalArgumentException(
          String.format(
              "Small heat maps are drawn for at most %d heads, but there are %d; draw one of them"
                  + " with heatMap(head).",
              MOST_HEADS, numHeads()));
    }
    return heatMap(
        title + ", " + numHeads() + (numHeads() == 1 ? " head" : " heads"), sequence.all());
  }

  /**
   * Arcs between tokens for the mean of all heads.
   *
   * @return the picture
   * @throws IllegalArgumentException if there are more than 96 tokens
   */
  public Picture arcs() {
    return arcs(mean(), sequence.mean());
  }

  /**
   * Arcs between tokens for one head. Weights below 0.02 are left out, and counted in the caption.
   *
   * @param head the head, from 0
   * @return the picture
   * @throws IllegalArgumentException if there is no such head, or if there are more than 96 tokens
   */
  public Picture arcs(int head) {
    return arcs(title + ", head " + head, sequence.head(head));
  }

  private String mean() {
    return numHeads() == 1 ? title : title + ", mean of " + numHeads() + " heads";
  }

  private Picture heatMap(String name, float[][][] panels) {
    String description = strongest(panels);
    return new Picture(
        name,
        most -> {
          HeatMap map = new HeatMap(sequence, panels, most);
          return new Picture.Drawing.Drawn(map.caption(), map.svg(name, description));
        });
  }

  private Picture arcs(String name, float[][] weights) {
    if (sequence.length() > MOST_ARC_TOKENS) {
      throw new IllegalArgumentException(
          String.format(
              "Arcs are drawn for at most %d tokens, but there are %d; a heat map shows them.",
              MOST_ARC_TOKENS, sequence.length()));
    }
    String description = strongest(new float[][][] {weights});
    return new Picture(
        name,
        most -> {
          Arcs arcs = new Arcs(sequence, weights, most);
          return new Picture.Drawing.Drawn(arcs.caption(), arcs.svg(name, description));
        });
  }

  /** What a reader who can't see the picture hears first. */
  private String strongest(float[][][] panels) {
    StringBuilder text = new StringBuilder();
    text.append(sequence.length()).append(" tokens.");
    float largest = -1;
    String pair = "";
    for (float[][] weights : panels) {
      for (int query = 0; query < sequence.length(); query++) {
        for (int key = 0; key < sequence.length(); key++) {
          if (query != key && weights[query][key] > largest) {
            largest = weights[query][key];
            pair = sequence.token(query).isolated() + " to " + sequence.token(key).isolated();
          }
        }
      }
    }
    if (largest > 0) {
      text.append(" The largest weight between two of them is ")
          .append(Numbers.weight(largest))
          .append(", of ")
          .append(pair)
          .append('.');
    }
    return text.toString();
  }
}
