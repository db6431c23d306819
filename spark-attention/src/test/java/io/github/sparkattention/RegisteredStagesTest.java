package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spark Connect's server runs the stages that two files name, and calls them as told here. */
class RegisteredStagesTest {
  private static final String ROOT = "io.github.sparkattention.";

  /** The stages of a kind that users can make. */
  private static List<Class<?>> stages(Class<?> kind) throws Exception {
    Path classes =
        Path.of(CausalAttention.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.walk(classes.resolve("io/github/sparkattention"))) {
      List<String> names =
          files
              .map(file -> classes.relativize(file).toString())
              .filter(name -> name.endsWith(".class") && !name.endsWith("package-info.class"))
              .map(name -> name.substring(0, name.length() - 6).replace('/', '.'))
              .sorted()
              .toList();
      assertThat(names).contains(ROOT + "CausalAttention");
      return names.stream()
          .<Class<?>>map(RegisteredStagesTest::load)
          .filter(kind::isAssignableFrom)
          .filter(type -> !Modifier.isAbstract(type.getModifiers()))
          .toList();
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, RegisteredStagesTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {Transformer.class, Estimator.class})
  void everyStageIsRegistered(Class<?> kind) throws Exception {
    List<String> names = stages(kind).stream().map(Class::getName).toList();
    try (InputStream file =
        CausalAttention.class.getResourceAsStream("/META-INF/services/" + kind.getName())) {
      assertThat(new String(file.readAllBytes(), StandardCharsets.UTF_8).lines())
          .isNotEmpty()
          .containsExactlyElementsOf(names);
    }
    assertThat(ServiceLoader.load(kind).stream().map(stage -> stage.type().getName()))
        .containsAll(names);
  }

  @ParameterizedTest
  @ValueSource(classes = {Transformer.class, Estimator.class})
  void everyStageIsMadeByAnUidAndLoadedByAPath(Class<?> kind) throws Exception {
    for (Class<?> type : stages(kind)) {
      assertThat(type).isPublic();
      PipelineStage stage = (PipelineStage) type.getConstructor().newInstance();
      PipelineStage another = (PipelineStage) type.getConstructor().newInstance();
      assertThat(stage.uid()).isNotBlank().isNotEqualTo(another.uid());
      PipelineStage named = (PipelineStage) type.getConstructor(String.class).newInstance("mine");
      assertThat(named.uid()).isEqualTo("mine");
      Method load = type.getMethod("load", String.class);
      assertThat(Modifier.isStatic(load.getModifiers())).isTrue();
      assertThat(load.getReturnType()).isEqualTo(type);
    }
  }
}
