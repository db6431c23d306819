package io.github.sparkattention.zeppelin;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Properties;
import org.apache.zeppelin.display.AngularObjectRegistry;
import org.apache.zeppelin.display.GUI;
import org.apache.zeppelin.display.Input;
import org.apache.zeppelin.interpreter.AbstractInterpreter;
import org.apache.zeppelin.interpreter.InterpreterContext;
import org.apache.zeppelin.interpreter.InterpreterException;
import org.apache.zeppelin.interpreter.InterpreterGroup;
import org.apache.zeppelin.interpreter.InterpreterOutput;
import org.apache.zeppelin.interpreter.InterpreterResult;
import org.apache.zeppelin.interpreter.InterpreterResultMessage;
import org.apache.zeppelin.resource.LocalResourcePool;
import org.apache.zeppelin.spark.SparkInterpreter;
import org.apache.zeppelin.spark.SparkSqlInterpreter;
import org.apache.zeppelin.user.AuthenticationInfo;

/** Zeppelin's own interpreters for %spark and %spark.sql, for the paragraphs of one note. */
final class NoteInterpreter implements AutoCloseable {
  private static final String SESSION = "session";

  private final Note note;
  private final InterpreterGroup group = new InterpreterGroup("spark");
  private final SparkInterpreter scala;
  private final SparkSqlInterpreter sql;

  /** Opens them with the settings that the note's first paragraph gives. */
  NoteInterpreter(Note note, Properties properties) throws InterpreterException {
    this.note = note;
    group.setInterpreterHookRegistry(new org.apache.zeppelin.interpreter.InterpreterHookRegistry());
    group.setResourcePool(new LocalResourcePool("notes"));
    group.setAngularObjectRegistry(new AngularObjectRegistry("spark", null));
    scala = add(new SparkInterpreter(properties));
    sql = add(new SparkSqlInterpreter(properties));
    Thread thread = Thread.currentThread();
    // Zeppelin starts its interpreters below such a loader, and asks for it.
    thread.setContextClassLoader(new URLClassLoader(new URL[0], thread.getContextClassLoader()));
    scala.open();
    sql.open();
  }

  private <T extends AbstractInterpreter> T add(T interpreter) {
    interpreter.setInterpreterGroup(group);
    group.addInterpreterToSession(interpreter, SESSION);
    return interpreter;
  }

  /** Runs a paragraph, with its forms left as they are, and returns what Zeppelin would show. */
  List<Result> run(Paragraph paragraph) throws IOException, InterpreterException {
    AbstractInterpreter interpreter = paragraph.interpreter().equals("spark.sql") ? sql : scala;
    String text = paragraph.body();
    if (paragraph.hasForms()) {
      text = Input.getSimpleQuery(new HashMap<>(), text, false);
    }
    InterpreterOutput output = new InterpreterOutput();
    InterpreterResult result = interpreter.interpret(text, context(paragraph, output));
    List<InterpreterResultMessage> messages = new ArrayList<>(output.toInterpreterResultMessage());
    messages.addAll(result.message());
    List<Result> results =
        messages.stream().map(m -> new Result(m.getType().name(), m.getData())).toList();
    if (result.code() != InterpreterResult.Code.SUCCESS) {
      throw new AssertionError(result.code() + " of '" + paragraph.title() + "': " + results);
    }
    return results;
  }

  private InterpreterContext context(Paragraph paragraph, InterpreterOutput output) {
    return InterpreterContext.builder()
        .setNoteId(note.id())
        .setNoteName(note.name())
        .setParagraphId(paragraph.id())
        .setParagraphTitle(paragraph.title())
        .setParagraphText(paragraph.body())
        .setAuthenticationInfo(AuthenticationInfo.ANONYMOUS)
        .setGUI(new GUI())
        .setNoteGUI(new GUI())
        .setConfig(new HashMap<>())
        .setLocalProperties(new HashMap<>())
        .setResourcePool(group.getResourcePool())
        .setAngularObjectRegistry(group.getAngularObjectRegistry())
        .setInterpreterOut(output)
        .build();
  }

  @Override
  public void close() throws InterpreterException {
    sql.close();
    scala.close();
  }
}
