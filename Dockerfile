# The taskwire command with the example application of this repository; `docker build -t taskwire-example .`
FROM node:20-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY runtime/package.json runtime/package.json
COPY runtime/bin runtime/bin
COPY codegen/package.json codegen/package.json
COPY console/package.json console/package.json
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

# What runs needs no compiler, but SQLite is built by one where there is no prebuilt one.
FROM node:20-slim AS modules
RUN apt-get update && apt-get install --yes --no-install-recommends g++ make python3
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY runtime/package.json runtime/package.json
COPY runtime/bin runtime/bin
COPY codegen/package.json codegen/package.json
COPY console/package.json console/package.json
RUN npm ci --omit=dev --workspace taskwire --ignore-scripts && npm rebuild better-sqlite3

FROM node:20-slim
ENV NODE_ENV=production TASKWIRE_DATA=/data PATH=/app/node_modules/.bin:$PATH
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/package.json package.json
COPY --from=build /app/runtime/package.json runtime/package.json
COPY --from=build /app/runtime/bin runtime/bin
COPY --from=build /app/runtime/dist runtime/dist
COPY --from=build /app/generated/taskwire.json generated/taskwire.json
COPY --from=build /app/dist/generated dist/generated
COPY --from=build /app/dist/examples dist/examples
# Named volumes take these folders' owner.
RUN mkdir /data /store && chown node:node /data /store
USER node
ENTRYPOINT ["taskwire"]
CMD ["--help"]
