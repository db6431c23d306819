package io.github.sparkattention.connect;

import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.spark.connect.proto.Command;
import org.apache.spark.connect.proto.ExecutePlanResponse;
import org.apache.spark.connect.proto.Expression.Literal;
import org.apache.spark.connect.proto.MlCommand;
import org.apache.spark.connect.proto.MlCommandResult;
import org.apache.spark.connect.proto.MlCommandResult.MlOperatorInfo;
import org.apache.spark.connect.proto.MlOperator;
import org.apache.spark.connect.proto.MlOperator.OperatorType;
import org.apache.spark.connect.proto.MlParams;
import org.apache.spark.connect.proto.MlRelation;
import org.apache.spark.connect.proto.ObjectRef;
import org.apache.spark.connect.proto.Relation;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.connect.SparkSession;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/** Stages of Spark ML on a server, by the messages that Python's client sends for them. */
final class Stages {
  private final SparkSession session;

  Stages(SparkSession session) {
    this.session = session;
  }

  /**
   * A stage that only its name stands for here.
   *
   * @param name the class
   * @param uid the stage's uid
   * @param params strings, booleans, integers, longs and doubles, by the names of the params
   */
  record Stage(String name, String uid, Map<String, Object> params) {
    private MlOperator operator(OperatorType type) {
      return MlOperator.newBuilder().setName(name).setUid(uid).setType(type).build();
    }

    private MlParams literals() {
      MlParams.Builder literals = MlParams.newBuilder();
      params.forEach((param, value) -> literals.putParams(param, literal(value)));
      return literals.build();
    }
  }

  private static Literal literal(Object value) {
    Literal.Builder literal = Literal.newBuilder();
    if (value instanceof String text) {
      return literal.setString(text).build();
    }
    if (value instanceof Boolean truth) {
      return literal.setBoolean(truth).build();
    }
    if (value instanceof Double number) {
      return literal.setDouble(number).build();
    }
    return value instanceof Long number
        ? literal.setLong(number).build()
        : literal.setInteger((Integer) value).build();
  }

  Dataset<Row> transform(Stage stage, Dataset<Row> rows) {
    return transformed(
        MlRelation.Transform.newBuilder()
            .setTransformer(stage.operator(OperatorType.OPERATOR_TYPE_TRANSFORMER))
            .setParams(stage.literals())
            .setInput(relation(rows)));
  }

  /** Runs a model that the server keeps. */
  Dataset<Row> transform(ObjectRef model, Dataset<Row> rows) {
    return transformed(MlRelation.Transform.newBuilder().setObjRef(model).setInput(relation(rows)));
  }

  private Dataset<Row> transformed(MlRelation.Transform.Builder transform) {
    return session.newDataFrame(
        builder -> {
          builder.setMlRelation(MlRelation.newBuilder().setTransform(transform));
          return BoxedUnit.UNIT;
        });
  }

  private static Relation relation(Dataset<Row> rows) {
    return ((org.apache.spark.sql.connect.Dataset<Row>) rows).plan().getRoot();
  }

  void write(Stage stage, String path) {
    run(
        MlCommand.newBuilder()
            .setWrite(
                MlCommand.Write.newBuilder()
                    .setOperator(stage.operator(OperatorType.OPERATOR_TYPE_TRANSFORMER))
                    .setParams(stage.literals())
                    .setPath(path)));
  }

  void write(ObjectRef model, String path) {
    run(
        MlCommand.newBuilder()
            .setWrite(MlCommand.Write.newBuilder().setObjRef(model).setPath(path)));
  }

  MlOperatorInfo read(String name, String path) {
    MlOperator operator =
        MlOperator.newBuilder()
            .setName(name)
            .setType(OperatorType.OPERATOR_TYPE_TRANSFORMER)
            .build();
    return result(
            run(
                MlCommand.newBuilder()
                    .setRead(MlCommand.Read.newBuilder().setOperator(operator).setPath(path))))
        .getOperatorInfo();
  }

  /** Fits an estimator, and returns what names the model on the server. */
  ObjectRef fit(Stage estimator, Dataset<Row> rows) {
    return result(
            run(
                MlCommand.newBuilder()
                    .setFit(
                        MlCommand.Fit.newBuilder()
                            .setEstimator(estimator.operator(OperatorType.OPERATOR_TYPE_ESTIMATOR))
                            .setParams(estimator.literals())
                            .setDataset(relation(rows)))))
        .getOperatorInfo()
        .getObjRef();
  }

  private List<ExecutePlanResponse> run(MlCommand.Builder command) {
    return CollectionConverters.asJava(
        session.execute(Command.newBuilder().setMlCommand(command).build()));
  }

  private static MlCommandResult result(List<ExecutePlanResponse> responses) {
    return responses.stream()
        .filter(ExecutePlanResponse::hasMlCommandResult)
        .map(ExecutePlanResponse::getMlCommandResult)
        .findFirst()
        .orElseThrow(() -> new NoSuchElementException("the server gave no result"));
  }
}
