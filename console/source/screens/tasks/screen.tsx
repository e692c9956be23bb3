export { Tasks } from "./list.tsx";
export { Task } from "./task.tsx";
