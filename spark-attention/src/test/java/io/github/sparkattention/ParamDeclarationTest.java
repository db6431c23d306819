package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ParamDeclarationTest {
  private static final Map<Class<?>, Class<?>> PRIMITIVES =
      Map.of(
          Integer.class, int.class,
          Long.class, long.class,
          Double.class, double.class,
          Boolean.class, boolean.class,
          String.class, String.class);

  private static final Map<Class<?>, Class<?>> SPARKS =
      Map.of(
          Integer.class, IntParam.class,
          Long.class, LongParam.class,
          Double.class, DoubleParam.class,
          Boolean.class, BooleanParam.class,
          String.class, Param.class);

  static Stream<Params> stages() {
    return Stream.of(
        new CausalAttention(),
        new SelfAttention(),
        new TokenEmbedding(),
        new TokenEmbeddingEstimator(),
        new WordPieceTokenizer(),
        new BpeTokenizer());
  }

  @ParameterizedTest
  @MethodSource("stages")
  void everyParamHasOneDeclarationThatSaysAllOfIt(Params stage) {
    List<ParamDeclaration<?, ?>> declared = ParamDeclaration.allOf(stage.getClass());
    assertThat(declared)
        .extracting(ParamDeclaration::name)
        .doesNotHaveDuplicates()
        .containsExactlyElementsOf(Stream.of(stage.params()).map(Param::name).toList());
    for (ParamDeclaration<?, ?> declaration : declared) {
      Param<Object> param = stage.getParam(declaration.name());
      assertThat(param.getClass()).isEqualTo(SPARKS.get(declaration.type()));
      assertThat(param.doc()).isEqualTo(declaration.sentence()).isNotBlank();
      assertThat(byDefault(stage, param)).isEqualTo(declaration.byDefault());
      declaration
          .byDefault()
          .ifPresent(value -> assertThat(value).isInstanceOf(declaration.type()));
    }
  }

  private static Optional<Object> byDefault(Params stage, Param<Object> param) {
    return stage.hasDefault(param) ? Optional.of(stage.getDefault(param).get()) : Optional.empty();
  }

  @ParameterizedTest
  @MethodSource("stages")
  void everyDeclaredParamHasAGetterAndASetterOfItsType(Params stage) {
    Function<String, List<Method>> named =
        name ->
            Arrays.stream(stage.getClass().getMethods())
                .filter(method -> method.getName().equals(name))
                .toList();
    for (ParamDeclaration<?, ?> declaration : ParamDeclaration.allOf(stage.getClass())) {
      String name = declaration.name();
      String capitalized = Character.toUpperCase(name.charAt(0)) + name.substring(1);
      Class<?> type = PRIMITIVES.get(declaration.type());
      assertThat(named.apply("get" + capitalized))
          .singleElement()
          .extracting(Method::getReturnType)
          .isEqualTo(type);
      assertThat(named.apply("set" + capitalized))
          .singleElement()
          .satisfies(setter -> assertThat(setter.getParameterTypes()).containsExactly(type));
    }
  }

  @Test
  void aDeclarationCanBeListedAsALineOfAnyForm() {
    assertThat(ParamDeclaration.allOf(CausalAttention.class))
        .map(
            param ->
                String.format(
                    "%s: %s = %s  # %s",
                    param.name(),
                    param.type().getSimpleName(),
                    param.byDefault().map(Object::toString).orElse("None"),
                    param.sentence()))
        .contains(
            "numHeads: Integer = 1  # number of query heads, a divisor of dOut",
            "dropout: Double = 0.0  # probability in [0, 1) with which an attention weight is"
                + " dropped when training is true",
            "seed: Long = None  # seed that the weights are drawn from as PyTorch draws them, if"
                + " neither weights nor weightsPath are given",
            "training: Boolean = false  # whether dropout is applied",
            "pooling: String = none  # how a sequence's context vectors become the one vector of"
                + " pooledCol: none (not at all), last, mean or max");
  }

  @Test
  void aValueOfAnotherTypeIsRefusedWhereItIsSet() {
    CausalAttention stage = new CausalAttention("causal");
    assertThatThrownBy(() -> stage.set(stage.getParam("batchBytes"), 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("causal parameter batchBytes given invalid value 7.");
    assertThatThrownBy(() -> stage.set(stage.getParam("inputCol"), 7.0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("causal parameter inputCol given invalid value 7.0.");
  }

  @Test
  void aSerializedParamKeepsItsCheck() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new CausalAttention("causal").scale());
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      DoubleParam scale = (DoubleParam) in.readObject();
      assertThat(scale.w(2).value()).isEqualTo(2.0);
      assertThatThrownBy(() -> scale.w(1e19))
          .hasMessage("causal: scale must be 0 or from 1e-18 to 1e18, but is 1.0E19");
    }
  }
}
