/** @module The tools a coding agent of the demo offers to its model. */

import type { ToolOffer } from "../script.ts";

export const AGENT_TOOLS: readonly ToolOffer[] = [
  {
    name: "Read",
    description:
      "Shows a text file with line numbers. Give the path from the root of the project. Files over two thousand lines are cut; ask for a part of them with offset and limit instead of reading all.",
    parameters: ["file_path", "offset", "limit"],
  },
  {
    name: "Edit",
    description:
      "Replaces one passage of a file. The old text must occur exactly once, white space included, and the file must have been read before, so that nothing is overwritten unseen.",
    parameters: ["file_path", "old_string", "new_string"],
  },
  {
    name: "Write",
    description:
      "Writes a whole file and creates its folder if need be. For changes of a file that exists, prefer Edit.",
    parameters: ["file_path", "content"],
  },
  {
    name: "Bash",
    description:
      "Runs a command in the project's root and returns what it printed and its exit code. Long output is cut in the middle. Never start a program that waits for input, and never push, publish or delete a branch without being asked.",
    parameters: ["command", "description"],
  },
  {
    name: "Grep",
    description:
      "Searches the files of the project with a regular expression and returns path, line number and line. Ignores what git ignores. Narrow the search with a glob when there are many hits.",
    parameters: ["pattern", "glob"],
  },
  {
    name: "Glob",
    description: "Lists the paths that match a pattern such as src/**/*.ts, newest first.",
    parameters: ["pattern"],
  },
  {
    name: "TodoWrite",
    description:
      "Keeps the list of steps for a task of more than two steps. Mark one step as in progress before starting it and as done as soon as it is, not all at the end.",
    parameters: ["todos"],
  },
  {
    name: "WebFetch",
    description:
      "Fetches a page and returns its text. Only for addresses that a person or a file of the project named.",
    parameters: ["url", "question"],
  },
];

/** Codex gives its model a shell and a way to apply patches. */
export const SHELL_TOOLS: readonly ToolOffer[] = [
  {
    name: "shell",
    description:
      "Runs a command and returns its output. The sandbox lets it read the whole disk, write below the working directory and reach no network.",
    parameters: ["command", "workdir"],
  },
  {
    name: "apply_patch",
    description: "Applies a patch in the unified form to files below the working directory, all of it or nothing.",
    parameters: ["patch"],
  },
  {
    name: "update_plan",
    description: "Shows the person the steps planned, and which of them is worked on now.",
    parameters: ["plan", "explanation"],
  },
];
