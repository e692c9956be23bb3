import { resolve } from "node:path";
import { messageOf } from "../../../base/errors.js";
import { dataPath } from "../../../base/files/data-folder.js";
import { silentLogger } from "../../../base/logger.js";
import { configuredTokens } from "../../../web/guard/token-source.js";
import { TOKENS_VARIABLE } from "../../../web/guard/tokens.js";
import { OPERATION_SECRETS_VARIABLE, SECRETS_VARIABLE } from "../../../wire/security/secrets.js";
import { secretsFrom } from "../../../wire/security/secrets-source.js";
import { TLS_CA_VARIABLE, TLS_CERT_VARIABLE, TLS_KEY_VARIABLE } from "../../../wire/security/tls.js";
import { packageConfig, packageFile } from "../../package-config.js";
import { chosen, type Setting, secretOf } from "./setting.js";

interface ConfigFlags {
  readonly model?: string;
  /** undefined: not given as a flag. */
  readonly env: string | undefined;
  readonly data?: string;
  readonly broker: string | undefined;
}

/** Flags, variables and package.json. */
export function processSettings({ model, env, data, broker }: ConfigFlags): Setting[] {
  const { schema, out, handlers } = packageConfig();
  const file = packageFile();
  const own = (setting: string, value: string, fallback: string): Setting => ({
    setting,
    value,
    source: file !== undefined && value !== resolve(file, "..", fallback) ? file : "default",
  });
  return [
    chosen("environment", { flag: ["--env", env], variable: "TASKWIRE_ENV", fallback: "local" }),
    dataFolder(data),
    own("schema folder", schema, "schema"),
    own("folder of generated files", out, "generated"),
    chosen("model", {
      flag: ["--model", model === undefined ? undefined : resolve(model)],
      fallback: resolve(out, "taskwire.json"),
    }),
    handlers === undefined
      ? { setting: "handlers module", value: "none", source: "default" }
      : { setting: "handlers module", value: handlers, source: file ?? "" },
    chosen("brokers", { flag: ["--broker", broker], variable: "TASKWIRE_BROKERS", fallback: "127.0.0.1:50051" }),
    chosen("log level", { variable: "TASKWIRE_LOG_LEVEL", fallback: "info" }),
    secrets("secrets", SECRETS_VARIABLE),
    secrets("operation secrets", OPERATION_SECRETS_VARIABLE),
    consoleTokens(),
    ...[TLS_CERT_VARIABLE, TLS_KEY_VARIABLE, TLS_CA_VARIABLE].map((variable) =>
      chosen({ [TLS_CERT_VARIABLE]: "TLS certificate", [TLS_KEY_VARIABLE]: "TLS key" }[variable] ?? "TLS authority", {
        variable,
        fallback: "none",
      }),
    ),
    chosen("calls through a proxy", { variable: "TASKWIRE_PROXY", fallback: "0" }),
  ];
}

function dataFolder(flag: string | undefined): Setting {
  const setting = "data folder";
  try {
    const { source } = chosen(setting, { flag: ["--data", flag], variable: "TASKWIRE_DATA", fallback: "" });
    return { setting, value: dataPath(flag) ?? "none", source };
  } catch (error) {
    return { setting, value: messageOf(error), source: "default" };
  }
}

function secrets(setting: string, variable: string): Setting {
  try {
    const source = secretsFrom(process.env, variable);
    if (source === undefined) return { setting, value: "none", source: "default" };
    const value = source.secrets.all.map(({ key }) => secretOf(key.symmetricKeySize ?? 0)).join(", ");
    return {
      setting,
      value,
      source: `variable ${variable}${source.file === undefined ? "" : `, file ${source.file}`}`,
    };
  } catch (error) {
    return { setting, value: messageOf(error), source: `variable ${variable}` };
  }
}

/** Who may sign in to the console. */
function consoleTokens(): Setting {
  const setting = "console tokens";
  try {
    const source = configuredTokens(process.env, silentLogger);
    if (source === undefined) return { setting, value: "one, made in the data folder", source: "default" };
    source.close();
    const value = source.tokens.all
      .map(({ name, role, reveal }) => `${name} (${role}${reveal ? ", reveal" : ""})`)
      .join(", ");
    const file = source.file === undefined ? "" : `, file ${source.file}`;
    return { setting, value, source: `variable ${TOKENS_VARIABLE}${file}` };
  } catch (error) {
    return { setting, value: messageOf(error), source: `variable ${TOKENS_VARIABLE}` };
  }
}
