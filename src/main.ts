/** @module Arguments → command → exit code: 0 done, 1 configuration or start failed, 2 the command line is wrong. */

import { ensureRuntimeEnvironment } from "./cli/launch.ts";
import { toHelpText } from "./cli/help.ts";
import { parseCommand, UsageError } from "./cli/parse.ts";
import { ConfigError } from "./config/problem.ts";
import { VERSION } from "./version.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (failure) {
    if (failure instanceof UsageError) return fail(failure.message, 2);
    if (failure instanceof ConfigError) return fail(failure.message, 1);
    return fail(failure instanceof Error ? (failure.stack ?? failure.message) : String(failure), 1);
  }
}

async function run(args: readonly string[]): Promise<number> {
  const command = parseCommand(args);
  switch (command.verb) {
    case "version":
      process.stdout.write(`modeltap ${VERSION}\n`);
      return 0;
    case "help":
      process.stdout.write(toHelpText(VERSION, command.topic));
      return 0;
    case "start": {
      ensureRuntimeEnvironment();
      // Loaded when needed: each verb starts only what it uses.
      const { runStart } = await import("./start.ts");
      const code = await runStart(command.flags);
      process.exit(code);
      return code;
    }
    case "config": {
      const { showConfiguration } = await import("./config-show.ts");
      process.stdout.write(showConfiguration(command.flags));
      return 0;
    }
    case "prices": {
      const { runPrices } = await import("./prices.ts");
      return runPrices(command.args, command.flags);
    }
    case "keys": {
      const { runKeys } = await import("./keys.ts");
      return runKeys(command.args);
    }
    case "password": {
      const { runPassword } = await import("./password.ts");
      return runPassword(command.args);
    }
    case "routes": {
      const { parseRoutesCommand } = await import("./cli/routing-command.ts");
      const { runRoutes } = await import("./routes.ts");
      return runRoutes(parseRoutesCommand(command.args));
    }
    case "providers": {
      const { parseProvidersCommand } = await import("./cli/routing-command.ts");
      const { runProviders } = await import("./providers.ts");
      return runProviders(parseProvidersCommand(command.args));
    }
    default: {
      const { runChild } = await import("./children.ts");
      await runChild(command.verb);
      return 0;
    }
  }
}

function fail(text: string, code: number): number {
  for (const line of text.split("\n")) process.stderr.write(`modeltap: ${line}\n`);
  return code;
}
