import { type Subject, type SubjectCommand, startSubject } from "../process/subject.ts";

/** Starts a subject that is ended with its row. */
export type Start = (command: SubjectCommand) => Promise<Subject>;

/** Runs something with subjects, and ends these afterwards, whatever came of it. */
export async function onStage<T>(run: (start: Start) => Promise<T>): Promise<T> {
  const subjects: Subject[] = [];
  try {
    return await run(async (command) => {
      const subject = await startSubject(command);
      subjects.push(subject);
      return subject;
    });
  } finally {
    await Promise.all(subjects.map((subject) => subject.stop()));
  }
}
