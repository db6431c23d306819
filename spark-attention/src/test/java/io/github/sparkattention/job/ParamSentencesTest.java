package io.github.sparkattention.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class ParamSentencesTest {
  private final CommandLine attend = SparkAttention.commands().getSubcommands().get("attend");

  private String help(String option) {
    return String.join(" ", attend.getCommandSpec().findOption(option).description());
  }

  @Test
  void optionsSayTheSentencesOfTheirParamsInTheCommandLinesNames() {
    assertThat(help("--num-heads"))
        .isEqualTo("Number of query heads, a divisor of --d-out (default: 1).");
    assertThat(help("--num-kv-heads"))
        .isEqualTo(
            "Number of key and value heads, a divisor of --num-heads; 0 means what the weights"
                + " have, or else --num-heads.");
    assertThat(help("--batch-tokens"))
        .isEqualTo(
            "Most tokens of a batch, unless one row alone has more; where tokens take much work, as"
                + " in whole models, batches have fewer.");
    assertThat(help("--out-proj"))
        .isEqualTo(
            "Whether an output projection joins the heads; follows from the weights if they are"
                + " given.");
  }

  @Test
  void everyOptionHasItsSentenceAndOneWithAParamsNameKeepsItsOwn() {
    List<OptionSpec> options = attend.getCommandSpec().options();
    assertThat(options)
        .allSatisfy(
            option ->
                assertThat(String.join(" ", option.description()))
                    .isNotBlank()
                    .doesNotContain("${bundle:"));
    assertThat(help("--seed"))
        .isEqualTo("Draw the weights as PyTorch does after torch.manual_seed(N).");
  }
}
