/** @module Every environment variable, flag and key of the four prior programs, as their documentation and code name them. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const PRIOR_NAMES: Readonly<Record<string, readonly string[]>> = {
  "inference-proxy": words("PROXY_PORT PROXY_HOST PROXY_DB_PATH OLLAMA_BASE_URL"),
  "llm-observe-proxy": words(`
    --host --port --expose-all-ips --reload --database-url --upstream-url --models-file --backfill-cached-costs --help
    LLM_OBSERVE_DATABASE_URL LLM_OBSERVE_INCOMING_HOST LLM_OBSERVE_INCOMING_PORT LLM_OBSERVE_EXPOSE_ALL_IPS
    LLM_OBSERVE_UPSTREAM_URL LLM_OBSERVE_MODELS_FILE LLM_OBSERVE_MODELS_JSON LLM_OBSERVE_DEFAULT_FIXES_JSON
    LLM_OBSERVE_LOG_LEVEL OPENAI_API_KEY ANTHROPIC_API_KEY GEMINI_API_KEY HF_TOKEN OPENROUTER_API_KEY DASHSCOPE_API_KEY
    DEEPSEEK_API_KEY MISTRAL_API_KEY MOONSHOT_API_KEY XAI_API_KEY ZAI_API_KEY
    model_routes model upstream_url upstream_model provider_slug api_key api_key_env fixes default_fixes
    app_settings.upstream_url app_settings.incoming_port app_settings.expose_all_ips app_settings.default_provider_slug
    app_settings.default_model app_settings.fallback_enabled app_settings.default_compat_fixes_json
    app_settings.default_routes_seeded_at app_settings.model_routes_json`),
  "agent-cli-proxy": words(`
    CLI_PROXY_API_URL CLI_PROXY_API_KEY PROXY_LOCAL_OK ADMIN_API_KEY PROXY_REQUIRE_API_KEY TRUST_PROXY_HEADERS DB_PATH
    PRICING_CACHE_PATH PRICING_CACHE_TTL_MS PRICING_REFRESH_INTERVAL_MS READY_PRICING_MAX_AGE_MS PRICING_OVERRIDES_JSON
    PRICING_ALIASES_JSON COST_BACKFILL_INTERVAL_MS COST_BACKFILL_LOOKBACK_MS COST_BACKFILL_CHUNK_SIZE
    UPSTREAM_TIMEOUT_MS UPSTREAM_CONNECT_TIMEOUT_MS UPSTREAM_STREAM_FIRST_BYTE_TIMEOUT_MS UPSTREAM_MAX_RETRIES
    RATE_LIMIT_MAX_RETRIES RATE_LIMIT_PER_CLIENT_PER_MIN UPSTREAM_CIRCUIT_BREAKER_OPEN_AFTER_FAILURES
    UPSTREAM_CIRCUIT_BREAKER_HALF_OPEN_AFTER_MS UPSTREAM_CIRCUIT_BREAKER_EVICT_AFTER_MS MAX_REQUEST_BODY_BYTES
    STALE_PENDING_MAX_AGE_MS QUOTA_REFRESH_INTERVAL_MS QUOTA_REFRESH_TIMEOUT_MS CLIENT_NAME_MAPPING PROVIDERS_JSON
    PROVIDERS_CONFIG_PATH CLIPROXY_MGMT_KEY CLIPROXY_AUTH_DIR CLIPROXY_CORRELATION_INTERVAL_MS
    CLIPROXY_CORRELATION_LOOKBACK_MS CLIPROXY_CORRELATION_WINDOW_MS DASHBOARD_PASSWORD_HASH DASHBOARD_SESSION_SECRET
    DASHBOARD_SESSION_TTL_MS LOGIN_RATE_LIMIT_WINDOW_MS LOGIN_RATE_LIMIT_MAX_ATTEMPTS OAUTH_JOB_TIMEOUT_MS
    CLIPROXY_BINARY_PATH CLIPROXY_CONFIG_PATH CLAUDE_CODE_VERSION CCH_SALT CCH_POSITIONS TOOL_PREFIX LOG_LEVEL LOG_FORMAT
    AGENT_CLI_PROXY_ENV AGENT_CLI_PROXY_DATA_DIR AGENT_CLI_PROXY_RUNTIME_DIR AGENT_CLI_PROXY_DEPLOY_DIR PLANS_JSON
    PLANS_PATH NODE_ENV DISABLE_SHUTDOWN_HANDLERS AGENT_CLI_PROXY_REPO AGENT_CLI_PROXY_VERSION
    AGENT_CLI_PROXY_TARBALL_URL AGENT_CLI_PROXY_INSTALL_DIR AGENT_CLI_PROXY_BIN_DIR AGENT_CLI_PROXY_INIT
    AGENT_CLI_PROXY_SERVICE --env --host --port --data-dir --non-interactive --force --merge --runtime-dir --cliproxy-api-url
    --cliproxy-api-key-env --admin-token --admin-token-env --cliproxy-mgmt-key-env --cliproxy-auth-dir --json
    --service-path --skip-runtime --follow --path --all --limit
    providers id type paths upstreamBaseUrl upstreamPath models headers auth auth.type auth.env auth.value auth.header
    stripProviderField`),
  "llm-proxy": words(`
    -port --log-dir --config --service --setup --setup-shell --uninstall --env --status --explore --explore-port
    port log_dir bedrock_region explore_port loki.enabled loki.url loki.auth_token loki.batch_size loki.batch_wait
    loki.retry_max loki.use_gzip loki.environment LLM_PROXY_PORT LLM_PROXY_LOG_DIR BEDROCK_REGION LLM_PROXY_LOKI_ENABLED
    LLM_PROXY_LOKI_URL LLM_PROXY_LOKI_AUTH_TOKEN LLM_PROXY_LOKI_BATCH_SIZE LLM_PROXY_LOKI_BATCH_WAIT
    LLM_PROXY_LOKI_RETRY_MAX LLM_PROXY_LOKI_USE_GZIP LLM_PROXY_LOKI_ENVIRONMENT LLM_PROXY_VERSION`),
};
