package io.github.sparkattention;

import io.github.sparkattention.kernels.Heads;
import java.io.Serializable;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import scala.Function1;

/**
 * All that there is to say of a stage's param: its name, the type of its values, its default, its
 * check and its sentence. Spark's params are made from it, as are lists of params in any form.
 *
 * @param <T> the type of its values
 * @param <P> Spark's type of param for these
 */
public final class ParamDeclaration<T, P extends Param<? super T>> {
  private final String name;
  private final String sentence;
  private final Class<T> type;
  private final BiFunction<String, ParamDeclaration<T, P>, P> maker;
  private final Check<T> check;
  private final T byDefault;

  /** What values have to fulfil. */
  @FunctionalInterface
  interface Check<T> extends Serializable {
    /**
     * Whether a value is allowed; Spark's words refuse it if not. A check with better words throws.
     *
     * @param param the stage and the param, for messages
     * @param value the value
     */
    boolean allows(String param, T value);
  }

  private ParamDeclaration(
      String name,
      String sentence,
      Class<T> type,
      BiFunction<String, ParamDeclaration<T, P>, P> maker,
      Check<T> check,
      T byDefault) {
    this.name = name;
    this.sentence = sentence;
    this.type = type;
    this.maker = maker;
    this.check = check;
    this.byDefault = byDefault;
  }

  private static <T, P extends Param<? super T>> ParamDeclaration<T, P> of(
      String name,
      String sentence,
      Class<T> type,
      BiFunction<String, ParamDeclaration<T, P>, P> maker) {
    return new ParamDeclaration<>(name, sentence, type, maker, (param, value) -> true, null);
  }

  static ParamDeclaration<Integer, IntParam> integer(String name, String sentence) {
    return of(
        name,
        sentence,
        Integer.class,
        (owner, param) -> new IntParam(owner, param.name, param.sentence, param.validity(owner)));
  }

  static ParamDeclaration<Long, LongParam> longInteger(String name, String sentence) {
    return of(
        name,
        sentence,
        Long.class,
        (owner, param) -> new LongParam(owner, param.name, param.sentence, param.validity(owner)));
  }

  static ParamDeclaration<Double, DoubleParam> number(String name, String sentence) {
    return of(
        name,
        sentence,
        Double.class,
        (owner, param) ->
            new DoubleParam(owner, param.name, param.sentence, param.validity(owner)));
  }

  static ParamDeclaration<Boolean, BooleanParam> flag(String name, String sentence) {
    return of(
        name,
        sentence,
        Boolean.class,
        (owner, param) -> new BooleanParam(owner, param.name, param.sentence));
  }

  static ParamDeclaration<String, Param<String>> string(String name, String sentence) {
    return of(
        name,
        sentence,
        String.class,
        (owner, param) -> new Param<>(owner, param.name, param.sentence, param.validity(owner)));
  }

  ParamDeclaration<T, P> withCheck(Check<T> allowed) {
    return new ParamDeclaration<>(name, sentence, type, maker, allowed, byDefault);
  }

  ParamDeclaration<T, P> withDefault(T value) {
    return new ParamDeclaration<>(name, sentence, type, maker, check, value);
  }

  static <N extends Number> Check<N> atLeast(int least) {
    return (param, value) -> value.longValue() >= least;
  }

  static Check<String> oneOf(String... values) {
    return (param, value) -> Arrays.asList(values).contains(value);
  }

  static Check<Double> fraction() {
    return (param, value) -> value >= 0 && value < 1;
  }

  static Check<Double> factorOr0() {
    return (param, value) -> {
      Heads.requireFactorOr0(param, value);
      return true;
    };
  }

  private <V> Function1<V, Object> validity(String owner) {
    // Of these alone, since params are serializable and a declaration is not.
    String param = owner + ": " + name;
    Class<T> values = type;
    Check<T> allowed = check;
    return (Function1<V, Object> & Serializable)
        value ->
            (value == null || values.isInstance(value))
                && allowed.allows(param, values.cast(value));
  }

  /**
   * Lists what a stage's params are.
   *
   * @param stage the stage's class
   * @return the declarations of all its params, by name
   */
  public static List<ParamDeclaration<?, ?>> allOf(Class<? extends Params> stage) {
    return Arrays.stream(stage.getFields())
        .filter(field -> field.getType() == ParamDeclaration.class)
        .<ParamDeclaration<?, ?>>map(ParamDeclaration::valueOf)
        .sorted(Comparator.comparing(param -> param.name()))
        .toList();
  }

  private static ParamDeclaration<?, ?> valueOf(Field constant) {
    try {
      return (ParamDeclaration<?, ?>) constant.get(null);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(constant + " isn't public, as those of interfaces are", e);
    }
  }

  /** Gives a stage the defaults of its params; for constructors, after the uid is set. */
  static void setDefaults(Params stage) {
    allOf(stage.getClass()).forEach(param -> param.setDefault(stage));
  }

  private void setDefault(Params stage) {
    if (byDefault != null) {
      Param<? super T> param = of(stage);
      stage.setDefault(param, byDefault);
    }
  }

  /** The param of a stage; one is equal to another of the same stage and name. */
  P of(Params stage) {
    return maker.apply(stage.uid(), this);
  }

  T get(Params stage) {
    Param<? super T> param = of(stage);
    return type.cast(stage.getOrDefault(param));
  }

  void set(Params stage, T value) {
    Param<? super T> param = of(stage);
    stage.set(param, value);
  }

  /**
   * Returns its name, which is also its accessor's.
   *
   * @return the name, such as {@code numHeads}
   */
  public String name() {
    return name;
  }

  /**
   * Returns its meaning.
   *
   * @return a sentence without its capital letter and its full stop
   */
  public String sentence() {
    return sentence;
  }

  /**
   * Returns what its values are.
   *
   * @return the type, such as {@code Integer.class}
   */
  public Class<T> type() {
    return type;
  }

  /**
   * Returns what holds where it is not set.
   *
   * @return the default, if it has one
   */
  public Optional<T> byDefault() {
    return Optional.ofNullable(byDefault);
  }
}
