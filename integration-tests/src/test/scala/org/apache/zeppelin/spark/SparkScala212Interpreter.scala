package org.apache.zeppelin.spark

import org.apache.spark.{SparkConf, SparkContext}
import org.apache.spark.sql.{Dataset, SQLContext, SparkSession}
import org.apache.zeppelin.interpreter.{InterpreterContext, InterpreterGroup}
import org.apache.zeppelin.interpreter.{InterpreterResult, ZeppelinContext}
import org.apache.zeppelin.interpreter.thrift.InterpreterCompletion
import org.apache.zeppelin.interpreter.util.InterpreterOutputStream
import org.slf4j.LoggerFactory

import java.io.{File, PrintWriter}
import java.net.{URI, URLClassLoader}
import java.nio.file.Files
import java.util.{Collections, List => JavaList, Map => JavaMap, Properties}
import scala.tools.nsc.Settings
import scala.tools.nsc.interpreter.{IMain, Results}
import scala.tools.nsc.interpreter.shell.ReplReporterImpl

/** The Scala 2.13 under Zeppelin 0.10's Spark interpreter, which looks for a class of this name. */
final class SparkScala212Interpreter(
    conf: SparkConf,
    dependencies: JavaList[String],
    properties: Properties,
    group: InterpreterGroup,
    loader: URLClassLoader,
    folder: File
) extends AbstractSparkScalaInterpreter {
  private val out = new InterpreterOutputStream(LoggerFactory.getLogger(getClass))
  private val classes = Files.createTempDirectory(folder.toPath, "classes")
  private val settings = new Settings()
  settings.usejavacp.value = true
  // The jars that a note loads, which spark-submit has added to the driver's class loader.
  conf.get("spark.jars", "").split(",").filter(_.nonEmpty).foreach { jar =>
    settings.classpath.append(URI.create(jar).getPath)
  }
  settings.Yreplclassbased.value = true
  settings.Yreploutdir.value = classes.toString
  settings.embeddedDefaults(loader)
  private val reporter = new ReplReporterImpl(settings, new PrintWriter(out, true))
  private val scala = new IMain(settings, reporter)
  private var session: SparkSession = _
  private var context: ZeppelinContext = _

  override def open(): Unit = {
    require(dependencies.isEmpty, s"no local repository of jars was expected: $dependencies")
    scala.initializeCompiler()
    // Executors ask for the classes of a paragraph.
    session = SparkSession
      .builder()
      .config(conf.set("spark.repl.class.outputDir", classes.toString))
      .getOrCreate()
    context = new NotebookContext(session, properties, group)
    reporter.suppressOutput {
      bind("spark", "org.apache.spark.sql.SparkSession", session)
      bind("sc", "org.apache.spark.SparkContext", getSparkContext)
      bind("z", "org.apache.zeppelin.interpreter.ZeppelinContext", context)
      succeed(scala.interpret("import spark.implicits._"))
      succeed(scala.interpret("import org.apache.spark.sql.functions._"))
    }
    reporter.printResults = properties.getProperty("zeppelin.spark.printREPLOutput") != "false"
  }

  private def bind(name: String, kind: String, value: Any): Unit =
    succeed(scala.bind(name, kind, value, List("@transient")))

  private def succeed(result: Results.Result): Unit =
    require(result == Results.Success, s"the Scala shell did not start: $result")

  override def interpret(text: String, context: InterpreterContext): InterpreterResult = {
    val thread = Thread.currentThread
    val before = thread.getContextClassLoader
    thread.setContextClassLoader(scala.classLoader)
    // Spark's planner asks the thread for its session, and Zeppelin's threads come and go.
    SparkSession.setActiveSession(session)
    out.setInterpreterOutput(context.out)
    val result =
      try Console.withOut(out)(scala.interpret(text))
      finally {
        context.out.flush()
        out.setInterpreterOutput(null)
        thread.setContextClassLoader(before)
      }
    new InterpreterResult(result match {
      case Results.Success    => InterpreterResult.Code.SUCCESS
      case Results.Error      => InterpreterResult.Code.ERROR
      case Results.Incomplete => InterpreterResult.Code.INCOMPLETE
    })
  }

  override def close(): Unit = {
    session.stop()
    scala.close()
  }

  override def getSparkContext: SparkContext = session.sparkContext
  override def getSqlContext: SQLContext = session.sqlContext
  override def getSparkSession: AnyRef = session
  override def getSparkUrl: String = getSparkContext.uiWebUrl.orNull
  override def getZeppelinContext: ZeppelinContext = context
  override def getScalaShellClassLoader: ClassLoader = scala.classLoader
  override def getProgress(jobGroup: String, context: InterpreterContext): Int = 0
  override def completion(
      text: String,
      cursor: Int,
      context: InterpreterContext
  ): JavaList[InterpreterCompletion] = Collections.emptyList()
}

/** What a paragraph knows as z. */
private final class NotebookContext(
    session: SparkSession,
    properties: Properties,
    group: InterpreterGroup
) extends ZeppelinContext(
      group.getInterpreterHookRegistry,
      properties.getProperty("zeppelin.spark.maxResult", "1000").toInt
    ) {
  // Zeppelin refuses Spark 4, but knows how to show a DataFrame of the last 3.
  private val shims = SparkShims.getInstance("3.5.0", properties, session)

  override def getInterpreterClassMap: JavaMap[String, String] = Collections.emptyMap()
  override def getSupportedClasses: JavaList[Class[_]] =
    Collections.singletonList(classOf[Dataset[_]])
  override def showData(data: Object, limit: Int): String = {
    SparkSession.setActiveSession(session)
    shims.showDataFrame(data, limit, interpreterContext)
  }
}
